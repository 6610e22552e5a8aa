/** The pages that the template layer is measured with. None has a cache tag. */

const rows = Array.from({ length: 24 }, (_, n) => ({
  id: n,
  name: `Chair no. ${n}`,
  price: { amount: 10 + n, unit: 'EUR' },
}))
const cells = Array.from({ length: 50 }, (_, y) => Array.from({ length: 40 }, (_, x) => `${y}:${x}`))
const deep = {
  site: { shop: { owner: { address: { city: 'Bremen', street: { name: 'Am Wall', no: 7 } } } } },
}

export const PAGES = [
  {
    title: 'skeleton of 24 rows',
    template:
      '<ul>{% for row in rows %}<li><a href="/p/{{ row.id }}">{{ row.name }}</a></li>\n{% endfor %}</ul>',
    data: { rows },
  },
  {
    title: '2,000 cells',
    template:
      '<table>{% for row in cells %}<tr>{% for cell in row %}<td>{{ cell }}</td>{% endfor %}</tr>\n{% endfor %}</table>',
    data: { cells },
  },
  {
    title: '2,000 cells with loop.index',
    template:
      '<table>{% for row in cells %}<tr>{% for cell in row %}<td id="c{{ loop.index }}">{{ cell }}</td>{% endfor %}</tr>\n{% endfor %}</table>',
    data: { cells },
  },
  {
    title: 'deep lookups',
    template: `{% for row in rows %}${'{{ site.shop.owner.address.city }}, {{ site.shop.owner.address.street.name }} {{ row.price.amount }} {{ row.price.unit }}\n'.repeat(4)}{% endfor %}`,
    data: { rows, ...deep },
  },
]
