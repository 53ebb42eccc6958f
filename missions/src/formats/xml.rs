//! XML kept whole: every element, attribute, text and comment in its order, so that what is not understood is written
//! back as it was found.
//!
//! Namespaces are not resolved; names keep their prefix, and are asked for without it. A document type declaration is
//! refused, so there are no entities to expand but XML's own five.

use quick_xml::Reader;
use quick_xml::events::{BytesStart, Event};

use crate::file::{FILE_BYTES_MAX, FileError, Position};

/// Elements inside each other.
const DEPTH_MAX: usize = 64;

/// A document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct XmlDocument {
    /// What stands before and after the root: the declaration, comments, processing instructions, white space.
    before: Vec<Node>,
    root: Element,
    after: Vec<Node>,
}

/// An element. Two are equal when they say the same, wherever they stood.
#[derive(Debug, Clone, Eq)]
pub struct Element {
    name: String,
    attributes: Vec<(String, String)>,
    children: Vec<Node>,
    line: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Node {
    Element(Element),
    /// As it reads, without escapes.
    Text(String),
    /// As it stands.
    CData(String),
    Comment(String),
    Instruction(String),
    /// `<?xml …?>`.
    Declaration(String),
}

impl PartialEq for Element {
    fn eq(&self, other: &Self) -> bool {
        (&self.name, &self.attributes, &self.children) == (&other.name, &other.attributes, &other.children)
    }
}

impl XmlDocument {
    /// Reads a document; `file` is the name errors give.
    ///
    /// # Errors
    /// [`FileError`] with the line of the first thing that is not well-formed, or is too much.
    pub fn read(file: &str, bytes: &[u8]) -> Result<Self, FileError> {
        if bytes.len() > FILE_BYTES_MAX {
            let found = format!("{} bytes", bytes.len());
            return Err(FileError::whole(file, found, format!("at most {FILE_BYTES_MAX} bytes")));
        }
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|error| {
            let found = format!("bytes that are not UTF-8 after {} bytes", error.valid_up_to());
            FileError::whole(file, found, "text in UTF-8")
        })?;
        Parser { file, text, lines: (0, 1), reader: Reader::from_str(text) }.document()
    }

    /// A document with this root.
    #[must_use]
    pub fn new(root: Element) -> Self {
        let declaration = Node::Declaration("xml version=\"1.0\" encoding=\"UTF-8\"".to_owned());
        Self { before: vec![declaration, Node::Text("\n".to_owned())], root, after: vec![Node::Text("\n".to_owned())] }
    }

    /// Its root.
    #[must_use]
    pub fn root(&self) -> &Element {
        &self.root
    }

    /// The document as text.
    #[must_use]
    pub fn write(&self) -> Vec<u8> {
        let mut out = String::new();
        self.before.iter().for_each(|node| node.write(&mut out));
        self.root.write(&mut out);
        self.after.iter().for_each(|node| node.write(&mut out));
        out.into_bytes()
    }
}

impl Element {
    /// An element without content.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self { name: name.to_owned(), attributes: Vec::new(), children: Vec::new(), line: 0 }
    }

    /// The same with an attribute more.
    #[must_use]
    pub fn with_attribute(mut self, name: &str, value: &str) -> Self {
        self.attributes.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The same with an element more inside.
    #[must_use]
    pub fn with(mut self, child: Element) -> Self {
        self.children.push(Node::Element(child));
        self
    }

    /// The same with an element more inside that holds a text.
    #[must_use]
    pub fn with_text(self, name: &str, text: impl std::fmt::Display) -> Self {
        let mut child = Self::new(name);
        child.children.push(Node::Text(text.to_string()));
        self.with(child)
    }

    /// Its name without the prefix of its namespace.
    #[must_use]
    pub fn name(&self) -> &str {
        self.name.rsplit_once(':').map_or(self.name.as_str(), |(_, name)| name)
    }

    /// The line it begins in, from 1; 0 for one that was never read.
    #[must_use]
    pub fn line(&self) -> usize {
        self.line
    }

    /// An attribute.
    #[must_use]
    pub fn attribute(&self, name: &str) -> Option<&str> {
        self.attributes.iter().find(|(own, _)| own == name).map(|(_, value)| value.as_str())
    }

    /// The elements directly inside.
    pub fn elements(&self) -> impl Iterator<Item = &Element> {
        self.children.iter().filter_map(|node| match node {
            Node::Element(element) => Some(element),
            _ => None,
        })
    }

    /// The first element of a name directly inside.
    #[must_use]
    pub fn child(&self, name: &str) -> Option<&Element> {
        self.elements().find(|element| element.name() == name)
    }

    /// The text of the first element of a name directly inside, without the white space around it.
    #[must_use]
    pub fn text_of(&self, name: &str) -> Option<String> {
        self.child(name).map(|child| child.text().trim().to_owned())
    }

    /// The text directly inside.
    #[must_use]
    pub fn text(&self) -> String {
        let texts = self.children.iter().filter_map(|node| match node {
            Node::Text(text) | Node::CData(text) => Some(text.as_str()),
            _ => None,
        });
        texts.collect()
    }

    /// Every element inside, however deep, in the order of the text, itself first.
    #[must_use]
    pub fn descendants(&self) -> Vec<&Element> {
        let mut all = vec![self];
        self.elements().for_each(|element| all.extend(element.descendants()));
        all
    }

    /// That something about it is not allowed.
    pub(crate) fn refused(&self, file: &str, found: impl Into<String>, allowed: impl Into<String>) -> FileError {
        FileError {
            file: file.to_owned(),
            at: (self.line > 0).then_some(Position { line: self.line, column: 1 }),
            field: self.name.clone(),
            found: found.into(),
            allowed: allowed.into(),
        }
    }

    /// The number in the first element of a name directly inside; nothing where there is none.
    pub(crate) fn number_of(&self, file: &str, name: &str) -> Result<Option<f64>, FileError> {
        let Some(child) = self.child(name) else { return Ok(None) };
        let text = child.text();
        let number = text.trim().parse().ok().filter(|number: &f64| number.is_finite());
        number.map(Some).ok_or_else(|| child.refused(file, format!("{:?}", text.trim()), "a number"))
    }

    fn write(&self, out: &mut String) {
        out.push('<');
        out.push_str(&self.name);
        for (name, value) in &self.attributes {
            out.push_str(&format!(" {name}=\"{}\"", escaped(value, true)));
        }
        if self.children.is_empty() {
            out.push_str("/>");
            return;
        }
        out.push('>');
        self.children.iter().for_each(|node| node.write(out));
        out.push_str(&format!("</{}>", self.name));
    }
}

impl Node {
    fn write(&self, out: &mut String) {
        match self {
            Self::Element(element) => element.write(out),
            Self::Text(text) => out.push_str(&escaped(text, false)),
            Self::CData(text) => out.push_str(&format!("<![CDATA[{text}]]>")),
            Self::Comment(text) => out.push_str(&format!("<!--{text}-->")),
            Self::Instruction(text) | Self::Declaration(text) => out.push_str(&format!("<?{text}?>")),
        }
    }
}

/// A text with its special characters escaped; a carriage return would otherwise be read as the end of a line.
fn escaped(text: &str, attribute: bool) -> String {
    let mut out = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' if attribute => out.push_str("&quot;"),
            '\r' => out.push_str("&#13;"),
            '\n' | '\t' if attribute => out.push_str(&format!("&#{};", u32::from(letter))),
            letter => out.push(letter),
        }
    }
    out
}

struct Parser<'t> {
    file: &'t str,
    text: &'t str,
    /// A byte and the line it is in: where lines were counted last.
    lines: (usize, usize),
    reader: Reader<&'t [u8]>,
}

impl Parser<'_> {
    fn document(mut self) -> Result<XmlDocument, FileError> {
        let (mut before, mut after, mut root) = (Vec::new(), Vec::new(), None::<Element>);
        let mut open: Vec<Element> = Vec::new();
        loop {
            let line = self.line();
            let event = self.reader.read_event().map_err(|error| self.refused(line, error.to_string()))?;
            let node = match event {
                Event::Eof => break,
                Event::Start(start) => {
                    if open.len() >= DEPTH_MAX {
                        let found = format!("more than {DEPTH_MAX} elements inside each other");
                        return Err(self.told(line, found, format!("at most {DEPTH_MAX}")));
                    }
                    let element = self.element(&start, line)?;
                    open.push(element);
                    continue;
                }
                Event::Empty(start) => Node::Element(self.element(&start, line)?),
                Event::End(_) => match open.pop() {
                    Some(element) => Node::Element(element),
                    None => return Err(self.refused(line, "an end without a beginning".to_owned())),
                },
                Event::Text(text) => {
                    Node::Text(text.xml_content().map_err(|e| self.refused(line, e.to_string()))?.into())
                }
                Event::GeneralRef(name) => Node::Text(self.entity(&name, line)?),
                Event::CData(text) => Node::CData(self.utf8(&text, line)?),
                Event::Comment(text) => Node::Comment(self.utf8(&text, line)?),
                Event::PI(text) => Node::Instruction(self.utf8(&text, line)?),
                Event::Decl(text) => Node::Declaration(self.utf8(&text, line)?),
                Event::DocType(_) => {
                    let found = "a document type declaration".to_owned();
                    return Err(self.told(line, found, "none: its entities could grow without bound".to_owned()));
                }
            };
            match (open.last_mut(), node) {
                (Some(parent), node) => put(&mut parent.children, node),
                (None, Node::Element(element)) if root.is_none() => root = Some(element),
                (None, Node::Element(_)) => return Err(self.refused(line, "a second root".to_owned())),
                (None, Node::Text(text)) if !text.trim().is_empty() => {
                    return Err(self.refused(line, "text outside the root".to_owned()));
                }
                (None, node) => put(if root.is_none() { &mut before } else { &mut after }, node),
            }
        }
        let line = self.line();
        if let Some(element) = open.last() {
            return Err(self.refused(line, format!("no end of <{}> of line {}", element.name, element.line)));
        }
        match root {
            Some(root) => Ok(XmlDocument { before, root, after }),
            None => Err(self.refused(line, "no element".to_owned())),
        }
    }

    /// The line the reader is at.
    fn line(&mut self) -> usize {
        let at = usize::try_from(self.reader.buffer_position()).unwrap_or(usize::MAX).min(self.text.len());
        let (from, line) = self.lines;
        let more = self.text.as_bytes().get(from..at).unwrap_or_default().iter().filter(|byte| **byte == b'\n').count();
        self.lines = (at.max(from), line + more);
        self.lines.1
    }

    fn element(&self, start: &BytesStart<'_>, line: usize) -> Result<Element, FileError> {
        let name = self.utf8(start.name().as_ref(), line)?;
        let mut attributes = Vec::new();
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|error| self.refused(line, error.to_string()))?;
            let value = attribute.unescape_value().map_err(|error| self.refused(line, error.to_string()))?;
            attributes.push((self.utf8(attribute.key.as_ref(), line)?, value.into_owned()));
        }
        Ok(Element { name, attributes, children: Vec::new(), line })
    }

    fn entity(&self, name: &quick_xml::events::BytesRef<'_>, line: usize) -> Result<String, FileError> {
        if let Some(letter) = name.resolve_char_ref().map_err(|error| self.refused(line, error.to_string()))? {
            return Ok(letter.to_string());
        }
        let known = match &**name {
            b"amp" => "&",
            b"lt" => "<",
            b"gt" => ">",
            b"quot" => "\"",
            b"apos" => "'",
            other => {
                let found = format!("the entity &{};", String::from_utf8_lossy(other));
                return Err(self.told(line, found, "&amp; &lt; &gt; &quot; &apos; and numbers".to_owned()));
            }
        };
        Ok(known.to_owned())
    }

    fn utf8(&self, bytes: &[u8], line: usize) -> Result<String, FileError> {
        String::from_utf8(bytes.to_vec()).map_err(|error| self.refused(line, error.to_string()))
    }

    fn refused(&self, line: usize, found: String) -> FileError {
        self.told(line, found, "well-formed XML".to_owned())
    }

    fn told(&self, line: usize, found: String, allowed: String) -> FileError {
        let at = Some(Position { line, column: 1 });
        FileError { file: self.file.to_owned(), at, field: String::new(), found, allowed }
    }
}

/// Puts a node behind others; texts that follow each other are one.
fn put(nodes: &mut Vec<Node>, node: Node) {
    match (nodes.last_mut(), node) {
        (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
        (_, Node::Text(text)) if text.is_empty() => {}
        (_, node) => nodes.push(node),
    }
}
