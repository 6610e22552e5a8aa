/** The script of every page: charts, and updates. Pages can be read without it. */

import { drawCharts } from './charts.js'
import { follow } from './live.js'

/** @type {any} */
const { Idiomorph } = globalThis
const main = document.querySelector('main')
const events = main?.dataset.events

/**
 * Changes the page to new HTML, and leaves alone what the visitor has: the focus, tables that are
 * opened, and the drawn charts.
 * @param {string} html
 */
function update(html) {
  if (!main) return
  Idiomorph.morph(main, html, {
    morphStyle: 'innerHTML',
    callbacks: {
      beforeNodeMorphed: (/** @type {Element} */ old) => !old.classList?.contains('canvas'),
      beforeAttributeUpdated: (/** @type {string} */ name, /** @type {Element} */ element) =>
        !(name === 'open' && element.localName === 'details'),
    },
  })
  drawCharts(main)
}

if (main) drawCharts(main)
if (events) follow(events, update)
