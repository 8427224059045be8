// Plain sentences of our own writing, filled with names from the lists: what the annotated corpora have too little of,
// companies and products in everyday text, and names that begin a sentence. They hold no dates and no money.
import { random } from '../lib/random.mjs';

const TEMPLATES = `
{ORG} announced a new {PRODUCT}.
{ORG} shares rose after the company reported strong results.
{ORG} will open a factory in {LOC}.
{ORG} is based in {LOC}.
{ORG} hired {PER} as chief executive.
{ORG} sued {ORG} over a patent.
{ORG} and {ORG} agreed to merge.
{ORG}, {ORG} and {ORG} lost market share.
{ORG} unveiled the {PRODUCT} at a fair in {LOC}.
{ORG} stopped selling the {PRODUCT}.
{ORG} CEO {PER} resigned.
{ORG}'s profit fell sharply.
{ORG} cut jobs in {LOC} and {LOC}.
{ORG} makes the {PRODUCT}.
{ORG} employees in {LOC} went on strike.
{ORG} bought a stake in {ORG}.
{PER} joined {ORG} from {ORG}.
{PER}, who leads {ORG}, spoke in {LOC}.
{PER} works as an engineer at {ORG}.
{PER} said that {ORG} would appeal.
{PER} met {PER} in {LOC}.
{PER} was born in {LOC} and studied at {UNIVERSITY}.
{PER} bought a {PRODUCT}.
{PER} wrote the program in {LANGUAGE}.
{PER} moved from {LOC} to {LOC}.
{PER} became president.
{PER} and {PER} founded {ORG}.
{PER} won the race.
{LOC} is a city in {LOC}.
{LOC} and {LOC} signed a treaty.
{LOC} elected a new mayor.
The {PRODUCT} is the best device that {ORG} ever made.
The {PRODUCT} sold out within hours.
The new {PRODUCT} has a better camera.
My {PRODUCT} broke again.
I use a {PRODUCT} at work and a {PRODUCT} at home.
She plugged her {PRODUCT} into the charger.
He sold his old {PRODUCT} to a friend.
You can run it on a {PRODUCT} or a {PRODUCT}.
Is the {PRODUCT} worth the price?
Apps for the {PRODUCT} are written in {LANGUAGE}.
The code was rewritten from {LANGUAGE} to {LANGUAGE}.
She teaches {LANGUAGE} at {UNIVERSITY}.
We wrote the server in {LANGUAGE} and the tools in {LANGUAGE}.
{LANGUAGE} is faster than {LANGUAGE}.
They played {GAME} all evening.
A lawyer for {ORG} declined to comment.
A spokesman for {ORG} in {LOC} confirmed the deal.
Analysts expect {ORG} to beat {ORG}.
The board of {ORG} met in {LOC}.
Customers of {ORG} complained to {ORG}.
Regulators fined {ORG} and {ORG}.
Engineers at {ORG} tested the {PRODUCT} in {LOC}.
She left {ORG} to work for {ORG}.
He drives a truck for {ORG}.
Investors include {ORG}, {ORG} and {ORG}.
Suppliers such as {ORG} and {ORG} were hit.
According to {PER} of {ORG}, sales in {LOC} doubled.
Researchers at {UNIVERSITY} worked with {ORG}.
The president of {LOC}, {PER}, visited {LOC}.
Police in {LOC} arrested {PER}.
Flights from {LOC} to {LOC} were cancelled.
Stores in {LOC}, {LOC} and {LOC} were closed.
The river flows through {LOC}.
Nobody in the village knew the answer.
The meeting was short, and everyone went home.
The company had no comment.
The price of bread rose again.
`
  .trim()
  .split('\n');

const LEGAL_FORM =
  /,? (?:Inc|Incorporated|Corp|Corporation|Co|Company|Companies|Ltd|Limited|plc|LLC|Holdings|Group)\.?$/;
const bare = (name) => name.replace(/^The /, '').replace(LEGAL_FORM, '').replace(LEGAL_FORM, '');
const isName = (name) => /^\p{L}[\p{L}\p{M}\p{N}&'.+# -]+$/u.test(name);
const isShort = (words) => (name) => isName(name) && name.split(' ').length <= words;

/** What each slot of a template is filled with: lists of names, each as likely as the others. */
function fillsFrom(lists) {
  return {
    ORG: [
      [...lists.companies_sp500, ...lists.companies_us].map(bare).filter(isShort(3)),
      lists.car_makers.filter(isShort(2)),
      lists.brands.filter((name) => isShort(2)(name) && /^\p{Lu}/u.test(name)),
      lists.device_brands.filter((name) => /^\p{Lu}\p{L}{4,}$/u.test(name)),
    ],
    PRODUCT: [[...new Set(lists.devices_apple.map((name) => name.replace(/ \(.*$/, '')))].filter(isShort(4))],
    LANGUAGE: [lists.programming_languages.filter((name) => isShort(2)(name) && /^\p{Lu}/u.test(name))],
    GAME: [lists.games.filter((name) => isShort(3)(name) && /^\p{Lu}/u.test(name))],
    UNIVERSITY: [lists.universities.filter(isShort(4))],
    LOC: [lists.capitals, lists.countries.filter(isShort(2)), lists.us_states, lists.cities.filter(isShort(2))],
  };
}

const TYPE_OF = { LANGUAGE: 'PRODUCT', GAME: 'PRODUCT', UNIVERSITY: 'ORG' };

/** `count` sentences, the same for the same seed, that annotate all of `types`. */
export function fillTemplates(hebb, lists, count, { seed, types }) {
  const next = random(seed);
  const pick = (list) => list[Math.floor(next() * list.length)];
  const fills = fillsFrom(lists);
  const person = () => `${pick(lists.given_names_us_common)} ${pick(lists.surnames_us_common)}`;
  return Array.from({ length: count }, () => {
    const spans = [];
    let text = '';
    for (const piece of pick(TEMPLATES).split(/(\{[A-Z]+\})/)) {
      const slot = /^\{([A-Z]+)\}$/.exec(piece)?.[1];
      const words = slot === undefined ? piece : slot === 'PER' ? person() : pick(pick(fills[slot]));
      if (slot !== undefined) {
        spans.push({ start: text.length, end: text.length + words.length, label: TYPE_OF[slot] ?? slot });
      }
      text += words;
    }
    const { tokens, tags } = hebb.toTaggedSentence({ text, spans });
    return { tokens, tags, annotates: types };
  });
}
