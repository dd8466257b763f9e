/** Text that compresses as text does: words by their frequency, the same in every run. */
const WORDS = ('the of and to a in is it you that he was for on are with as I his they be at one have this from or had by hot but some ' +
  'what there we can out other were all your when up use word how said an each she which do their time if will way about many then them ' +
  'would write like so these her long make thing see him two has look more day could go come did my sound no most number who over know water ' +
  'than call first people may down side been now find any new work part take get place made live where after back little only round man year').split(' ');

/**
 * @param {number} size In bytes.
 * @returns {Buffer}
 */
export function text(size) {
  const bytes = Buffer.alloc(size);
  let state = 1;
  for (let at = 0, line = 0; at < size; ) {
    state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff;
    // Squared: the first words come more often than the last.
    const part = (state >>> 8) / 0x800000;
    const word = WORDS[Math.floor(part * part * WORDS.length)];
    line += word.length + 1;
    at += bytes.write(line > 100 ? `${word}\n` : `${word} `, at, 'latin1');
    if (line > 100) line = 0;
  }
  return bytes;
}
