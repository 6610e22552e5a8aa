import nunjucks from 'nunjucks'

/** A loader that has one template, whatever it is asked for. */
export class OneTemplate extends nunjucks.Loader {
  #source

  constructor(source) {
    super()
    this.#source = source
  }

  getSource(name) {
    return { src: this.#source, path: name, noCache: false }
  }
}
