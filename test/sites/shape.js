/** How templates use a value. Two shapes that turn out to be of one value are joined. */
export class Shape {
  #same
  #members = new Map()
  #item
  #result
  #literals = new Set()
  #kinds = new Set()

  /** The shape that this one was joined to, if any. */
  get #self() {
    let shape = this
    while (shape.#same) shape = shape.#same
    return shape
  }

  get members() {
    return this.#self.#members
  }

  get item() {
    return this.#self.#item
  }

  get result() {
    return this.#self.#result
  }

  /** The literals that it is compared with. */
  get literals() {
    return this.#self.#literals
  }

  is(kind) {
    return this.#self.#kinds.has(kind)
  }

  /** Notes a kind: 'list', 'object', 'text', 'number' or 'template'. */
  note(kind) {
    this.#self.#kinds.add(kind)
    return this
  }

  member(name) {
    const { members } = this
    if (!members.has(name)) members.set(name, new Shape())
    return members.get(name)
  }

  ofItem() {
    const self = this.#self
    self.#item ??= new Shape()
    return self.#item
  }

  called() {
    const self = this.#self
    self.#result ??= new Shape()
    return self.#result
  }

  join(other) {
    const [self, joined] = [this.#self, other.#self]
    if (self === joined) return
    joined.#same = self
    for (const literal of joined.#literals) self.#literals.add(literal)
    for (const kind of joined.#kinds) self.#kinds.add(kind)
    // A missing one is taken over, not made: a shape may hold itself.
    for (const [name, member] of joined.#members) {
      if (this.members.has(name)) this.member(name).join(member)
      else this.members.set(name, member)
    }
    if (joined.#item && this.item) this.ofItem().join(joined.#item)
    else this.#self.#item ??= joined.#item
    if (joined.#result && this.result) this.called().join(joined.#result)
    else this.#self.#result ??= joined.#result
  }

  /** Says whether a template calls it, or something within it. */
  holdsFunction(seen = new Set()) {
    const self = this.#self
    if (seen.has(self)) return false
    seen.add(self)
    if (self.#result) return true
    return [...self.#members.values(), self.#item].some((shape) => shape?.holdsFunction(seen))
  }
}
