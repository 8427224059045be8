// One judge for all maps, at perplexity 30: the divergence over all pairs (kl_full) or over the 90 nearest neighbours
// (kl_nn90), and how well the map keeps neighbours, at 2,000 points where there are more than 5,000.
import { knnAccuracy, knnRecall, type Matrix, mapDivergence, trustworthiness } from '../../../../dist/index.js';
import type { MapWork } from '../../peers/maps';
import type { Summary } from '../../suite';

const ALL = 5000;

export interface Judged {
  kl: number;
  recall: number;
  trust: number;
  accuracy: number;
}

export async function judge({ x, labels }: MapWork, map: Matrix): Promise<Judged> {
  const sampled = { k: 10, sample: x.rows > ALL ? 2000 : 0 };
  return {
    kl: await mapDivergence(x, map, { pairs: x.rows > ALL ? 'neighbors' : 'all' }),
    recall: await knnRecall(x, map, sampled),
    trust: await trustworthiness(x, map, sampled),
    accuracy: await knnAccuracy(map, Array.from(labels), sampled),
  };
}

function mean(all: Judged[]): Judged {
  const of = (key: keyof Judged) => all.reduce((sum, one) => sum + one[key], 0) / all.length;
  return { kl: of('kl'), recall: of('recall'), trust: of('trust'), accuracy: of('accuracy') };
}

/** What the contestants' maps of one work are worth, by contestant. */
export class Gallery {
  readonly #work: MapWork;
  readonly #mostKl: number | undefined;
  readonly #judged = new Map<string, Judged[]>();

  /** @param mostKl the target of the first contestant's divergence */
  constructor(work: MapWork, mostKl?: number) {
    this.#work = work;
    this.#mostKl = mostKl;
  }

  get work(): MapWork {
    return this.#work;
  }

  async add(contestant: string, map: Matrix): Promise<void> {
    const list = this.#judged.get(contestant) ?? [];
    list.push(await judge(this.#work, map));
    this.#judged.set(contestant, list);
  }

  count(contestant: string): number {
    return this.#judged.get(contestant)?.length ?? 0;
  }

  /** A line a contestant; hebb's with its targets. */
  summaries(): Summary[] {
    const measure = this.#work.x.rows > ALL ? 'kl_nn90' : 'kl_full';
    const reference = this.#judged.get('scikit-learn');
    return [...this.#judged].map(([contestant, all]): Summary => {
      const one = mean(all);
      const maps = all.length === 1 ? '1 map' : `mean of ${all.length} maps`;
      const text =
        `${this.#work.name}, ${contestant}: ${measure} ${one.kl.toFixed(3)}, recall@10 ${one.recall.toFixed(3)}, ` +
        `trustworthiness@10 ${one.trust.toFixed(4)}, 10-NN accuracy ${one.accuracy.toFixed(4)} (${maps})`;
      if (contestant !== 'hebb') return { text };
      return { text, ...this.#verdict(one, reference && mean(reference), measure) };
    });
  }

  #verdict(one: Judged, other: Judged | undefined, measure: string): Pick<Summary, 'target' | 'reached'> {
    const words: string[] = [];
    let reached = true;
    if (this.#mostKl !== undefined) {
      words.push(`${measure} <= ${this.#mostKl}`);
      reached &&= one.kl <= this.#mostKl;
    }
    if (other !== undefined) {
      words.push("neighbours no worse than scikit-learn's by more than 0.005");
      reached &&= (['recall', 'trust', 'accuracy'] as const).every((key) => one[key] >= other[key] - 0.005);
    }
    return words.length === 0 ? {} : { target: words.join(', '), reached };
  }
}
