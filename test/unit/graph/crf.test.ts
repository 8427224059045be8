import { Graph, initializers, type Node } from '../../../lib/graph';
import { adam, sgd } from '../../../lib/optim';
import { thrown } from '../../helpers/errors';
import { golden, largestError } from '../../helpers/golden';

interface Golden {
  shape: [sequences: number, length: number, tags: number];
  emissions: number[];
  scores: [number[], number[], number[]];
  tags: number[];
  loss: number;
  gradients: [number[], number[], number[], number[]];
  decoded: number[];
}

const cases = golden<Golden[]>('crf');
const values = (data: number[]) => initializers.values(Float64Array.from(data));

function build({ shape: [sequences, length, tags], emissions, scores }: Golden, precision: 'f32' | 'f64') {
  const g = new Graph();
  const e = g.param('emissions', [sequences, length, tags], values(emissions));
  const crf = {
    transitions: g.param('transitions', [tags, tags], values(scores[0])),
    start: g.param('start', [tags], values(scores[1])),
    end: g.param('end', [tags], values(scores[2])),
  };
  const y = g.input('y', [sequences, length], 'i32');
  const outputs = { decoded: g.crfDecode(e, crf, y), whole: g.crfDecode(e, crf) };
  return g.compile({ loss: g.crfLoss(e, y, crf), outputs }, { maxBatch: 1, optimizer: sgd(), precision });
}

test.each(cases)('every path enumerated: $shape', (one) => {
  for (const [precision, tolerance] of [
    ['f64', 1e-9],
    ['f32', 2e-4],
  ] as const) {
    const program = build(one, precision);
    const feeds = { y: Int32Array.from(one.tags) };
    const outputs = program.forward(feeds, { training: true });
    expect(Array.from(outputs.decoded.data)).toEqual(one.decoded);
    program.backward();
    const gradients = program.gradients();
    ['emissions', 'transitions', 'start', 'end'].forEach((name, k) => {
      expect(largestError(gradients[name].data, one.gradients[k])).toBeLessThan(tolerance);
    });
    expect(program.step(feeds, 0)).toBeCloseTo(one.loss, precision === 'f64' ? 9 : 3);
    expect(Math.min(...outputs.whole.data)).toBeGreaterThanOrEqual(0);
    program.dispose();
  }
});

test('an encoder with a CRF learns what its emissions alone cannot tell', () => {
  // The word is the same everywhere: which tag it has depends on the tag before.
  const g = new Graph();
  const tags = 3;
  const crf = g.crfScores(tags);
  const emissions = g.linear(g.embedding(g.input('words', ['B', 'T'], 'i32'), 2, 8), tags);
  const y = g.input('y', ['B', 'T'], 'i32');
  const program = g.compile(
    { loss: g.crfLoss(emissions, y, crf), outputs: { best: g.crfDecode(emissions, crf, y) } },
    { maxBatch: 3, maxTime: 6, optimizer: adam(), seed: 2 },
  );
  const words = Int32Array.of(0, 1, 1, 1, 1, 1, 0, 1, 1, 1, -1, -1, 0, 1, -1, -1, -1, -1);
  const gold = Int32Array.of(0, 1, 2, 0, 1, 2, 0, 1, 2, 0, -1, -1, 0, 1, -1, -1, -1, -1);
  const feeds = { words, y: gold };
  const first = program.step(feeds, 0.1, { batch: 3 });
  let last = first;
  for (let step = 0; step < 60; step++) last = program.step(feeds, 0.1, { batch: 3 });
  expect(last).toBeLessThan(0.1 * first);
  expect(program.forward(feeds, { batch: 3 }).best.data).toEqual(gold);
  expect(Object.keys(program.state())).toEqual(
    expect.arrayContaining(['crf.transitions', 'crf.start_transitions', 'crf.end_transitions']),
  );
});

/** Emissions as an input, a CRF on top, and perhaps something that reads the best tags. */
function chain(after?: (g: Graph, best: Node) => Node) {
  const g = new Graph();
  const e = g.input('e', ['B', 4, 3]);
  const crf = g.crfScores(3);
  const loss = g.crfLoss(e, g.input('y', ['B', 4], 'i32'), crf);
  const outputs: Record<string, Node> = after === undefined ? {} : { after: after(g, g.crfDecode(e, crf)) };
  return { compile: (maxBatch: number) => g.compile({ loss, outputs }, { maxBatch, optimizer: sgd() }) };
}

test('names what does not fit, and takes tags in range alone', () => {
  const g = new Graph();
  const e = g.input('e', ['B', 4, 3]);
  const y = g.input('y', ['B', 4], 'i32');
  const crf = g.crfScores(3);
  expect(thrown(() => g.crfLoss(e, g.input('z', ['B', 5], 'i32'), crf)).message).toMatch(/tags of shape \[B, 4\]/);
  expect(thrown(() => g.crfLoss(e, y, g.crfScores(4))).message).toMatch(/transitions of shape \[3, 3\]/);
  expect(thrown(() => g.crfLoss(g.input('flat', [4]), y, crf)).message).toMatch(/emissions of shape/);
  expect(thrown(() => g.crfLoss(e, e, crf)).message).toMatch(/integers \(i32\)/);
  expect(thrown(() => g.crfScores(0)).message).toMatch(/`tags`/);
  expect(thrown(() => chain((h, best) => h.embedding(best, 2, 2)).compile(1)).message).toMatch(
    /to be fed, received what `crfDecode` computes/,
  );
  const program = chain().compile(2);
  const feeds = (tag: number) => ({ e: new Float32Array(12), y: Int32Array.of(0, 1, 2, tag) });
  expect(thrown(() => program.step(feeds(3), 0.1)).message).toMatch(/integers below 3, received 3/);
  expect(program.step(feeds(-1), 0)).toBeCloseTo(3 * Math.log(3), 5);
  expect(program.step({ e: new Float32Array(12), y: new Int32Array(4).fill(-1) }, 0)).toBe(0);
});
