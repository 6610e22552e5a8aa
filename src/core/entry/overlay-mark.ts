/**
 * Begin of the comments by which the overlay finds fragments, after `<!`. No entry with it is
 * stored: the HTML of one render may be part of the data of another.
 */
export const OVERLAY_MARK = '--onetrip-overlay:'
