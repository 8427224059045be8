export { sentencesOf, splitSentences } from './sentences';
export { type TextRange, type Token, tokenize } from './tokenizer';
