// The editor of web descriptions. It keeps the attributes that a shop gets (integration/items/html.py);
// a text with anything that it would drop is shown as HTML, until somebody asks for the editor all the same.
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
  ],
});

const EXTENSIONS = [
  Document, Dropcursor, Gapcursor, Paragraph, HardBreak, Text, History, Menu, HTML, NoSpellCheck, SpecialCharacters,
  Blockquote, Bold, BulletList, Heading, HorizontalRule, Italic, Link, ListItem, OrderedList, Strike, Subscript,
  Superscript, Underline, Table, TableRow, TableHeader, TableCell, KeptAttributes,
];

const RENAMED = { b: "strong", i: "em" };
// Nobody misses what goes without saying, nor what the sanitiser writes again.
const saysNothing = ({ name, value }) =>
  name === "rel" || (["colspan", "rowspan", "start"].includes(name) && value === "1");

/** Each tag, and each attribute with its value, by the name under which a reader is told of it. */
function partsOf(html) {
  const parts = new Map();
  for (const element of new DOMParser().parseFromString(html, "text/html").querySelectorAll("head *, body *")) {
    const tag = RENAMED[element.localName] ?? element.localName;
    parts.set(tag, tag);
    for (const one of element.attributes) {
      if (!saysNothing(one)) parts.set(`${tag} ${one.name}=${one.value}`, `${tag} ${one.name}`);
    }
  }
  return parts;
}

/** What of the text the editor would drop. Parsed under other names, what the page's policy forbids is not complained of. */
function lostOf(text) {
  const html = text.replace(/\b(style|on\w+)(?=\s*=)/gi, "data-$1");
  const schema = getSchema(EXTENSIONS);
  const after = partsOf(getHTMLFromFragment(createDocument(html, schema).content, schema));
  const lost = [...partsOf(html)].filter(([part]) => !after.has(part)).map(([, name]) => name.replace(" data-", " "));
  return [...new Set(lost)].filter((name) => !name.includes(" ") || !lost.includes(name.split(" ")[0]));
}

function edit(textarea) {
  const editor = createTextareaEditor(textarea, EXTENSIONS);
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
