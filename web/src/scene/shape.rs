//! What a drawing is made of: a flat list of shapes, painted later as SVG or on a canvas.
//!
//! A shape names a class of the style sheet instead of a colour, so both painters and both themes share one look.
//! Text is data here: whatever a topic holds, it reaches the page as a text node.

use std::borrow::Cow;

/// One unit is one CSS pixel; strokes sit on the grid.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Shape {
    pub(crate) form: Form,
    /// Classes of `stage.css`.
    pub(crate) class: &'static str,
    /// A channel's number, which is its hue; 0 is ink.
    pub(crate) hue: u8,
    /// Belongs to something that is not selected while something else is.
    pub(crate) faint: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Form {
    Line(f64, f64, f64, f64),
    Rect(f64, f64, f64, f64),
    Circle(f64, f64, f64),
    Path(Cow<'static, str>),
    Text {
        x: f64,
        y: f64,
        text: Cow<'static, str>,
        size: Size,
        anchor: Anchor,
    },
    /// Strokes drawn on a square of 40, scaled.
    Glyph {
        parts: &'static [Part],
        x: f64,
        y: f64,
        scale: f64,
    },
}

/// One stroke of a glyph.
#[derive(Debug, PartialEq)]
pub(crate) struct Part {
    pub(crate) d: &'static str,
    pub(crate) class: &'static str,
}

/// The six sizes of type, in CSS pixels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Size {
    S12,
    S14,
    S16,
    S20,
    S28,
}

impl Size {
    pub(crate) fn px(self) -> f64 {
        match self {
            Self::S12 => 12.0,
            Self::S14 => 14.0,
            Self::S16 => 16.0,
            Self::S20 => 20.0,
            Self::S28 => 28.0,
        }
    }

    pub(crate) fn class(self) -> &'static str {
        match self {
            Self::S12 => "s1",
            Self::S14 => "s2",
            Self::S16 => "s3",
            Self::S20 => "s4",
            Self::S28 => "s5",
        }
    }

    /// The width of `chars` letters of the monospaced face, whose letters are 600/1000 wide.
    pub(crate) fn mono(self, chars: usize) -> f64 {
        chars as f64 * self.px() * 0.6
    }

    /// How many monospaced letters fit in `px`.
    pub(crate) fn fits(self, px: f64) -> usize {
        (px / (self.px() * 0.6)).floor().max(0.0) as usize
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Anchor {
    Start,
    Middle,
    End,
}

impl Shape {
    pub(crate) fn hue(&mut self, channel: u8) -> &mut Self {
        self.hue = channel;
        self
    }

    pub(crate) fn faint(&mut self, faint: bool) -> &mut Self {
        self.faint = faint;
        self
    }

    pub(crate) fn middle(&mut self) -> &mut Self {
        self.anchor(Anchor::Middle)
    }

    pub(crate) fn end(&mut self) -> &mut Self {
        self.anchor(Anchor::End)
    }

    pub(crate) fn anchor(&mut self, to: Anchor) -> &mut Self {
        if let Form::Text { anchor, .. } = &mut self.form {
            *anchor = to;
        }
        self
    }
}

/// A drawing, back to front.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Drawing(pub(crate) Vec<Shape>);

impl Drawing {
    pub(crate) fn line(
        &mut self,
        x1: f64,
        y1: f64,
        x2: f64,
        y2: f64,
        class: &'static str,
    ) -> &mut Shape {
        self.push(Form::Line(x1, y1, x2, y2), class)
    }

    pub(crate) fn rect(
        &mut self,
        x: f64,
        y: f64,
        w: f64,
        h: f64,
        class: &'static str,
    ) -> &mut Shape {
        self.push(Form::Rect(x, y, w, h), class)
    }

    pub(crate) fn circle(&mut self, x: f64, y: f64, r: f64, class: &'static str) -> &mut Shape {
        self.push(Form::Circle(x, y, r), class)
    }

    pub(crate) fn path(
        &mut self,
        d: impl Into<Cow<'static, str>>,
        class: &'static str,
    ) -> &mut Shape {
        self.push(Form::Path(d.into()), class)
    }

    pub(crate) fn text(
        &mut self,
        x: f64,
        y: f64,
        text: impl Into<Cow<'static, str>>,
        size: Size,
        class: &'static str,
    ) -> &mut Shape {
        let form = Form::Text {
            x,
            y,
            text: text.into(),
            size,
            anchor: Anchor::Start,
        };
        self.push(form, class)
    }

    pub(crate) fn glyph(
        &mut self,
        parts: &'static [Part],
        x: f64,
        y: f64,
        px: f64,
        class: &'static str,
    ) -> &mut Shape {
        let form = Form::Glyph {
            parts,
            x,
            y,
            scale: px / 40.0,
        };
        self.push(form, class)
    }

    fn push(&mut self, form: Form, class: &'static str) -> &mut Shape {
        self.0.push(Shape {
            form,
            class,
            hue: 0,
            faint: false,
        });
        self.0.last_mut().expect("invariant: a shape was pushed")
    }
}
