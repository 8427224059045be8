// A plugin of typedoc: pages are called after their first heading, and stand in groups by folder.
import { Converter } from 'typedoc';

const GROUPS = { guides: 'Guides', migration: 'Coming from' };

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const heading = document.content.find(({ text }) => /^# /m.test(text));
    const [, title] = /^# (.*)$/m.exec(heading?.text ?? '') ?? [];
    const [, folder] = /(guides|migration)\//.exec(document.name) ?? [];
    document.frontmatter.group ??= GROUPS[folder] ?? 'About';
    if (title !== undefined) document.name = title.replaceAll('`', '').replace(/^Coming from /, '');
  });
}
