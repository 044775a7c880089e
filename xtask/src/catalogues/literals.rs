//! The string literals of a Rust source, each with what stands before it: enough to tell a text from a name.

/// A string literal.
pub struct Literal {
    /// Its value.
    pub text: String,
    /// The code before it on this and the last line, without white space at its end.
    before: String,
}

impl Literal {
    /// The key of this text: every hole is `{}`.
    pub fn key(&self) -> String {
        let mut key = String::new();
        let mut rest = self.text.as_str();
        while let Some((before, after)) = rest.split_once('{') {
            let Some((_, after)) = after.split_once('}') else { break };
            key.push_str(before);
            key.push_str("{}");
            rest = after;
        }
        key.push_str(rest);
        // Where a text stands in a row, what belongs to it begins with spaces, or with a dot in the middle.
        key.trim().trim_start_matches("· ").to_owned()
    }

    /// Is it handed to one of the functions that translate it?
    pub fn is_marked(&self) -> bool {
        ["t(", "tf(", "key("].iter().any(|call| {
            let before = self.before.strip_suffix(call);
            before.is_some_and(|before| !before.ends_with(|c: char| c.is_alphanumeric() || c == '_'))
        })
    }

    /// In `app`: does it look like something that is shown? What is a class, a name of ours or a picture's outline does not.
    pub fn looks_drawn(&self) -> bool {
        let words = self.outside_holes();
        let is_logged = self.before.ends_with("web_error(&format!(");
        if self.is_attribute_value() || self.is_outline() || is_logged {
            return false;
        }
        let is_shown = ["child(", "child(("].iter().any(|call| self.before.ends_with(call))
            || self.before.ends_with("format!(") && !self.is_address();
        let has_word = words.split(|c: char| !c.is_alphabetic()).any(|word| word.chars().count() > 1);
        let is_sentence = words.chars().any(char::is_uppercase) || words.contains(['…', '’', '!']);
        has_word && (is_sentence && !self.is_name() || is_shown)
    }

    /// In `core`: is it a text for people? What is a name of ours or of the wire's is not; nor is an error that begins in lower
    /// case, which is for whoever develops.
    pub fn reads_like_words(&self) -> bool {
        let words = self.outside_holes();
        let has_word = words.chars().any(char::is_alphabetic);
        // `facingMode`, `NotAllowedError`: the browser's names.
        let is_joined =
            |pair: &[char]| pair.first().is_some_and(|c| c.is_lowercase()) && pair.last().is_some_and(|c| c.is_uppercase());
        let letters: Vec<char> = self.text.chars().collect();
        if !self.text.contains(' ') && letters.windows(2).any(is_joined) {
            return false;
        }
        let is_text = words.trim().contains(' ') || words.chars().any(char::is_uppercase) || self.text.contains(' ');
        let is_internal = self.before.ends_with("#[error(") && self.text.starts_with(|c: char| c.is_lowercase());
        let is_attribute = self.before.contains("#[") && !self.before.ends_with("#[error(");
        has_word && is_text && !is_internal && !is_attribute && !self.before.ends_with("include_str!(")
    }

    /// In `server`: is it what an answer says to a person? Much else there reads like words: SQL, the log, what is said to whoever
    /// writes a program against the interface.
    pub fn is_answer(&self) -> bool {
        let is_told = ["#[error(", "let detail =", "let detail = format!(", "Problem::invalid(", "Problem::not_found("];
        is_told.iter().any(|code| self.before.ends_with(code))
            || self.before.rsplit_once("Problem::conflict(").is_some_and(|(_, kind)| kind.contains(','))
    }

    fn outside_holes(&self) -> String {
        self.key().replace("{}", " ")
    }

    /// A key of the keyboard, an element's name, a variable of the build. (`||` begins a closure, which may well give a text.)
    fn is_name(&self) -> bool {
        ["==", "!=", "matches!(name.as_str(),", "|", "env!(", ".attr("].iter().any(|code| self.before.ends_with(code))
            && !self.before.ends_with("||")
    }

    /// An address at the server, or an element's id: no white space, but what is in its holes, and no capital letter.
    fn is_address(&self) -> bool {
        let text = self.key().replace("{}", "");
        text.contains(['/', '-', '=', ':']) && !text.contains(|c: char| c.is_whitespace() || c.is_uppercase())
    }

    fn is_attribute_value(&self) -> bool {
        let Some((_, attribute)) = self.before.rsplit_once(".attr(\"") else { return self.before.ends_with(".class(") };
        let Some((name, value)) = attribute.split_once('"') else { return true };
        let is_said = ["aria-label", "title", "placeholder", "alt", "aria-description"].contains(&name);
        !is_said && !value.contains(')')
    }

    fn is_outline(&self) -> bool {
        self.text.starts_with('M') && self.text.chars().all(|c| c.is_ascii_digit() || " .,-MLHVACSZmlhvacsz".contains(c))
    }
}

/// All of a source, but what stands in comments and below `#[cfg(test)]`.
pub fn literals(source: &str) -> Vec<Literal> {
    let begins_tests = |at: &usize| source[*at..].trim_start_matches("#[cfg(test)]").trim_start().starts_with("mod ");
    let tests = source.match_indices("#[cfg(test)]").map(|(at, _)| at).find(begins_tests);
    let source = &source[..tests.unwrap_or(source.len())];
    let mut found = Vec::new();
    let mut code = String::new();
    let mut rest = source;
    while let Some(next) = rest.chars().next() {
        let taken = if rest.starts_with("//") {
            rest.find('\n').unwrap_or(rest.len())
        } else if let Some((text, taken)) = string_at(rest).filter(|_| !rest.starts_with('r') || !ends_in_name(&code)) {
            // Bytes are no text: their prefix ends the code.
            if !ends_in_name(&code) {
                found.push(Literal { text, before: last_lines(&code) });
            }
            code.push_str(&rest[..taken]);
            taken
        } else {
            let taken = character_at(rest).unwrap_or(next.len_utf8());
            code.push_str(&rest[..taken]);
            taken
        };
        rest = &rest[taken..];
    }
    found
}

fn ends_in_name(code: &str) -> bool {
    code.ends_with(|c: char| c.is_alphanumeric() || c == '_')
}

/// The value of the string literal that `rest` begins with, and its length in the source.
fn string_at(rest: &str) -> Option<(String, usize)> {
    if let Some(raw) = rest.strip_prefix('r') {
        let hashes = raw.len() - raw.trim_start_matches('#').len();
        let end = format!("\"{}", "#".repeat(hashes));
        let text = raw.get(hashes..)?.strip_prefix('"')?;
        let length = text.find(&end)?;
        return Some((text[..length].to_owned(), 1 + hashes + 1 + length + end.len()));
    }
    let inside = rest.strip_prefix('"')?;
    let (mut text, mut letters) = (String::new(), inside.char_indices().peekable());
    while let Some((at, letter)) = letters.next() {
        match letter {
            '"' => return Some((text, at + 2)),
            '\\' => match letters.next()?.1 {
                'n' => text.push('\n'),
                't' => text.push('\t'),
                // A line that goes on, less its indentation.
                '\n' => while letters.next_if(|(_, c)| c.is_whitespace()).is_some() {},
                'u' => {
                    let hex: String = letters.by_ref().map(|(_, c)| c).take_while(|c| *c != '}').filter(|c| *c != '{').collect();
                    text.extend(u32::from_str_radix(&hex, 16).ok().and_then(char::from_u32));
                }
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    None
}

/// The length of the character literal that `rest` begins with: `'"'` begins no string.
fn character_at(rest: &str) -> Option<usize> {
    let inside = rest.strip_prefix('\'')?;
    let escaped = inside.starts_with('\\');
    let end = inside.char_indices().skip(if escaped { 2 } else { 1 }).find(|(_, c)| *c == '\'').map(|(at, _)| at + 2)?;
    (escaped && end <= 12 || inside.chars().nth(1) == Some('\'')).then_some(end)
}

fn last_lines(code: &str) -> String {
    let code = code.trim_end();
    let from = code.rmatch_indices('\n').nth(1).map_or(0, |(at, _)| at);
    code[from..].to_owned()
}
