// Checked by `npm run typecheck`, never run.
import {
  type CharSpan,
  type EntityEvaluation,
  type NamedEntity,
  NerTagger,
  type parseConll,
  type TaggedSentence,
  type Token,
  type toCharSpans,
  type tokenize,
} from '../../lib';
import { type Equal, expectType } from './expect';

const tagger = NerTagger.english();
expectType<Equal<ReturnType<typeof tagger.extractEntities>, NamedEntity[]>>();
expectType<Equal<ReturnType<typeof tagger.tag>, string[]>>();
expectType<Equal<Awaited<ReturnType<typeof tagger.evaluate>>, EntityEvaluation>>();
expectType<Equal<NamedEntity['score'], number>>();
expectType<Equal<ReturnType<typeof parseConll>, TaggedSentence[]>>();
expectType<Equal<ReturnType<typeof tokenize>, Token[]>>();
expectType<Equal<ReturnType<typeof toCharSpans>, CharSpan[]>>();
NerTagger.train([{ tokens: ['Ada'], tags: ['B-PER'] }], { seed: 1 });
// @ts-expect-error a sentence has tokens and tags
NerTagger.train([{ words: ['Ada'] }]);
// @ts-expect-error a tagger comes from train, load or english
new NerTagger();
// A value is known by its kind.
for (const { value } of tagger.extractEntities('It cost $3 on 1 May 2024.')) {
  if (value?.kind === 'money') expectType<Equal<typeof value.currency, string | null>>();
  // @ts-expect-error only a date has it
  if (value?.kind === 'percent') console.log(value.iso);
}
