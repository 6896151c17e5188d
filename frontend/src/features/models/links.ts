/** The addresses in a sentence, apart from the words around them. */

export interface Part {
  text: string;
  isAddress: boolean;
}

export function withAddresses(sentence: string): Part[] {
  return sentence
    .split(/(https?:\/\/[^\s<>"']*[^\s<>"'.,;:!?)])/)
    .map((text, index) => ({ text, isAddress: index % 2 === 1 }))
    .filter(({ text }) => text !== "");
}
