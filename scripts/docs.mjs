// The documentation site: node scripts/docs.mjs writes build/docs, from the Markdown pages and the docstrings of lib/
// (typedoc.json), and checks its links. A warning of typedoc's, such as a link to nowhere, is an error.
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fail, filesBelow, root, run, toolPath } from './lib/run.mjs';

const SITE = 'build/docs';

/** Links, pictures and scripts of a page, as they are written. */
const linksOf = (html) => [...html.matchAll(/\s(?:href|src|srcset)="([^"]*)"/g)].map(([, link]) => link);

/** Links within the site that lead nowhere, as "page: link"; links to other sites are not followed. */
async function brokenLinks(folder) {
  const pages = (await filesBelow(folder)).filter((name) => name.endsWith('.html'));
  const texts = new Map(pages.map((page) => [page, readFileSync(path.join(root, page), 'utf8')]));
  const ids = new Map(
    [...texts].map(([page, html]) => [page, new Set([...html.matchAll(/\sid="([^"]*)"/g)].map(([, id]) => id))]),
  );
  const leads = (page, link) => {
    const [file, fragment] = decodeURI(link.replaceAll('&amp;', '&')).split('#');
    const target = file === '' ? page : path.posix.join(path.posix.dirname(page), file);
    if (!existsSync(path.join(root, target))) return false;
    return !fragment || !ids.has(target) || ids.get(target).has(decodeURIComponent(fragment));
  };
  let count = 0;
  const broken = [];
  for (const [page, html] of texts) {
    for (const link of linksOf(html)) {
      if (/^(https?:|mailto:|data:)/.test(link)) continue;
      count++;
      if (!leads(page, link)) broken.push(`${page}: ${link}`);
    }
  }
  return { count, broken, pages: pages.length };
}

run(process.execPath, [toolPath('typedoc/bin/typedoc'), '--logLevel', 'Warn']);
const { count, broken, pages } = await brokenLinks(SITE);
if (broken.length > 0) fail(`Links that lead nowhere:\n${[...new Set(broken)].join('\n')}`);
console.log(`${SITE}/index.html: ${pages} pages, ${count} links, none of them broken`);
