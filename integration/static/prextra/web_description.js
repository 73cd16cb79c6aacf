// The editor of web descriptions. It keeps the attributes that the shop gets (integration/items/html.py); a text with
// anything that it would drop, style and scripts included, is shown as HTML, until somebody asks for the editor all the same.
import {
  Blockquote, Bold, BulletList, createDocument, createTextareaEditor, Document, Dropcursor, Extension, Gapcursor,
  getHTMLFromFragment, getSchema, HardBreak, Heading, History, HorizontalRule, HTML, initializeEditors, Italic, Link,
  ListItem, Menu, NoSpellCheck, OrderedList, Paragraph, SpecialCharacters, Strike, Subscript, Superscript, Table,
  TableCell, TableHeader, TableRow, Text, Underline,
} from "django-prose-editor/editor";

// The value as it is written: left to itself, the editor makes a number of a title such as « 1.50 ».
const kept = (name, more) => ({
  [name]: { default: null, parseHTML: (element) => element.getAttribute(name), ...more },
});

const KeptAttributes = Extension.create({
  name: "keptAttributes",
  addGlobalAttributes: () => [
    { types: "*", attributes: { ...kept("title", { keepOnSplit: false }), ...kept("lang"), ...kept("dir") } },
    { types: ["tableHeader"], attributes: kept("scope") },
    { types: ["orderedList"], attributes: kept("reversed") },
  ],
});

// Numbers of a kind that HTML has a name for, written by that name alone; bullets are the other list.
const NumberedList = OrderedList.extend({
  addAttributes() {
    const { type, ...more } = this.parent();
    const write = (attributes) => {
      const name = type.renderHTML(attributes).type;
      return name && name !== "1" ? { type: name } : {};
    };
    return { ...more, type: { ...type, renderHTML: write } };
  },
}).configure({ listTypes: OrderedList.options.listTypes.filter(({ type }) => type !== "disc") });

const EXTENSIONS = [
  Document, Dropcursor, Gapcursor, Paragraph, HardBreak, Text, History, Menu, HTML, NoSpellCheck, SpecialCharacters,
  Blockquote, Bold, BulletList, Heading, HorizontalRule, Italic, Link, ListItem, NumberedList, Strike, Subscript,
  Superscript, Underline, Table, TableRow, TableHeader, TableCell, KeptAttributes,
];

const RENAMED = { b: "strong", i: "em" };
// Nobody misses what goes without saying, nor what the sanitiser writes again.
const saysNothing = ({ name, value }) =>
  name === "rel" || (["colspan", "rowspan", "start", "type"].includes(name) && value === "1");

// Chromium complains of a style or an event even in a document where it has no effect: there they have another name.
const MARK = "\uE000";
const unmarked = (text) => text.replaceAll(MARK, "");

/** Its elements, in a document where nothing runs, loads or is laid out. */
function parsed(html) {
  const inert = document.implementation.createHTMLDocument().createElement("template");
  inert.innerHTML = html.replace(/(?<=[\s"'/])(?=(?:style|on\w+)\s*=)/gi, MARK);
  return inert;
}

/** Without what the editor drops and a browser would act upon: the editor is never given it to parse. */
function harmless(html) {
  const inert = parsed(html);
  inert.content.querySelectorAll("script, style, iframe, object, embed, template").forEach((element) => element.remove());
  for (const element of inert.content.querySelectorAll("*")) {
    for (const { name } of [...element.attributes]) {
      if (name.startsWith(MARK)) element.removeAttribute(name);
    }
  }
  return unmarked(inert.innerHTML);
}

/** Each tag, and each attribute with its value, by the name under which a reader is told of it. */
function partsOf(html) {
  const parts = new Map();
  for (const [, sign] of html.matchAll(/<(!--|[!?]|html\b|head\b|body\b)/gi)) parts.set(`<${sign}`, `<${sign}`);
  for (const element of parsed(html).content.querySelectorAll("*")) {
    const tag = RENAMED[element.localName] ?? element.localName;
    parts.set(tag, tag);
    for (const attribute of element.attributes) {
      const [name, value] = [attribute.name, attribute.value].map(unmarked);
      if (!saysNothing({ name, value })) parts.set(`${tag} ${name}=${value}`, `${tag} ${name}`);
    }
  }
  return parts;
}

/** What of the text the editor would drop. */
function lostOf(html) {
  const schema = getSchema(EXTENSIONS);
  const after = partsOf(getHTMLFromFragment(createDocument(harmless(html), schema).content, schema));
  const lost = [...partsOf(html)].filter(([part]) => !after.has(part)).map(([, name]) => name);
  return [...new Set(lost)].filter((name) => !name.includes(" ") || !lost.includes(name.split(" ")[0]));
}

function edit(textarea) {
  const written = textarea.value;
  textarea.value = harmless(written);
  const editor = createTextareaEditor(textarea, EXTENSIONS);
  textarea.value = written; // until somebody types
  textarea.dispatchEvent(new CustomEvent("prose-editor:ready", { detail: { editor, textarea }, bubbles: true }));
  return editor;
}

function showSource(textarea, lost) {
  const why = document.createElement("p");
  why.className = "advice";
  why.id = `${textarea.id}_source`;
  const sentence = gettext("This text is shown as HTML, for the editor would drop some of it: %s.");
  why.textContent = interpolate(sentence, [lost.join(", ")]);
  const goOn = document.createElement("button");
  goOn.type = "button";
  goOn.className = "button";
  goOn.textContent = gettext("Go on in the editor all the same");
  goOn.addEventListener("click", () => {
    why.remove();
    goOn.remove();
    edit(textarea).commands.focus();
  });
  textarea.setAttribute("aria-describedby", `${why.id} ${textarea.getAttribute("aria-describedby") ?? ""}`.trim());
  textarea.before(why);
  textarea.after(goOn);
}

initializeEditors((textarea) => {
  const lost = lostOf(textarea.value);
  if (lost.length) showSource(textarea, lost);
  else edit(textarea);
}, "[data-web-description]");
