/** Letters that Unicode does not decompose into a letter and a mark. All are lower case. */
const LETTERS: Readonly<Record<string, string>> = {
  æ: 'ae',
  œ: 'oe',
  ø: 'o',
  ß: 'ss',
  þ: 'th',
  ð: 'd',
  đ: 'd',
  ħ: 'h',
  ı: 'i',
  ĸ: 'k',
  ł: 'l',
  ŋ: 'n',
  ŧ: 't',
  ƀ: 'b',
  ɓ: 'b',
  ɖ: 'd',
  ɗ: 'd',
  ə: 'e',
  ɛ: 'e',
  ɠ: 'g',
  ɨ: 'i',
  ƙ: 'k',
  ɔ: 'o',
  ʼ: '',
  ς: 'σ',
  ґ: 'г',
  ـ: '',
  '\u00ad': '',
}
const LETTER = new RegExp(`[${Object.keys(LETTERS).join('')}]`, 'gu')

/**
 * Marks that a reader may leave out: accents of Latin, Greek and Cyrillic letters, points of
 * Hebrew and vowel signs of Arabic. Other marks are letters of their scripts (`कि`, `が`), and so
 * is the breve of `й`.
 */
const MARKS = /(?<!и)\u0306|[\u0300-\u0305\u0307-\u036f\u0591-\u05c7\u0610-\u061a\u064b-\u065f\u0670]/g

/** Text of ASCII letters and digits in lower case, which stays as it is. */
const FOLDED = /^[a-z0-9 ]*$/

/**
 * Returns text in the form in which words are compared: compatible letters are one (NFKD), in
 * lower case, without accents, and `ł`, `ø`, `ß` and the like by a table. It is in NFC, and may
 * be longer or shorter than the text.
 */
export function fold(text: string): string {
  if (FOLDED.test(text)) return text
  return text
    .normalize('NFKD')
    .toLowerCase()
    .replace(MARKS, '')
    .replace(LETTER, (letter) => LETTERS[letter] ?? letter)
    .normalize('NFC')
}
