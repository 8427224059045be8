// A plugin of typedoc: pages are called after their first heading, and stand in groups by folder; the module is the API
// reference.
import { Converter, ReflectionKind } from 'typedoc';

const GROUPS = { guides: 'Guides', migration: 'Coming from' };

export function load(app) {
  app.converter.on(Converter.EVENT_CREATE_DECLARATION, (_context, declaration) => {
    if (declaration.kind === ReflectionKind.Module) declaration.name = 'API reference';
  });
  app.converter.on(Converter.EVENT_CREATE_DOCUMENT, (_context, document) => {
    const page = document.content.map(({ text }) => text).join(''); // code is a part of its own
    const [, title] = /^# (.*)$/m.exec(page) ?? [];
    const [, folder] = /(guides|migration)\//.exec(document.name) ?? [];
    document.frontmatter.group ??= GROUPS[folder] ?? 'About';
    if (title !== undefined) document.name = title.replaceAll('`', '').replace(/^Coming from /, '');
  });
}
