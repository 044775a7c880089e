//! A picture's brightness, and the lines that are looked along.

use crate::bars::Bars;

/// The widest and highest picture that is read, pixels.
const SIDE_MAX: usize = 4096;
/// Parallel lines in each direction.
const LINES: usize = 15;
/// Directions as (dx, dy), 15° apart, the likeliest first: codes are mostly held level or upright.
const DIRECTIONS: [(f32, f32); 12] = [
    (1.0, 0.0),
    (0.0, 1.0),
    (0.966, 0.259),
    (0.966, -0.259),
    (0.259, 0.966),
    (0.259, -0.966),
    (0.866, 0.5),
    (0.866, -0.5),
    (0.5, 0.866),
    (0.5, -0.866),
    (0.707, 0.707),
    (0.707, -0.707),
];

/// Brightness, one byte a pixel, row by row.
#[derive(Clone, Debug)]
pub struct Picture {
    luma: Vec<u8>,
    width: usize,
    height: usize,
}

/// Brightness along a line, 0 to 255.
pub(crate) struct Line(Vec<f32>);

impl Picture {
    /// From brightness alone. Nothing, if the sides do not fit the bytes, or are too long.
    pub fn from_luma(luma: Vec<u8>, width: usize, height: usize) -> Option<Picture> {
        let fits = (8..=SIDE_MAX).contains(&width) && (8..=SIDE_MAX).contains(&height) && luma.len() == width * height;
        fits.then_some(Picture { luma, width, height })
    }

    /// From red, green, blue and a fourth byte (ITU-R BT.601 weights).
    pub fn from_rgba(rgba: &[u8], width: usize, height: usize) -> Option<Picture> {
        let grey = |pixel: &[u8]| match pixel {
            [r, g, b, ..] => ((u32::from(*r) * 77 + u32::from(*g) * 150 + u32::from(*b) * 29) >> 8) as u8,
            _ => 0,
        };
        Picture::from_luma(rgba.chunks_exact(4).map(grey).collect(), width, height)
    }

    /// Pixels in a row.
    pub fn width(&self) -> usize {
        self.width
    }

    /// Rows.
    pub fn height(&self) -> usize {
        self.height
    }

    /// The brightness of a pixel; 0 outside.
    pub fn luma(&self, x: usize, y: usize) -> u8 {
        self.luma.get(y * self.width + x).copied().unwrap_or_default()
    }

    /// All lines: from the middle outwards in each direction.
    pub(crate) fn lines(&self) -> impl Iterator<Item = Line> {
        DIRECTIONS.iter().flat_map(move |direction| {
            let order = (0..LINES).map(|at| if at % 2 == 0 { at as f32 / 2.0 } else { -(at as f32 + 1.0) / 2.0 });
            order.filter_map(move |place| self.line(*direction, place * 2.0 / (LINES as f32 + 3.0)))
        })
    }

    /// The line of this direction that passes the middle at `off` (−1 to 1: from edge to edge).
    fn line(&self, (dx, dy): (f32, f32), off: f32) -> Option<Line> {
        let (half_w, half_h) = (self.width as f32 / 2.0 - 1.0, self.height as f32 / 2.0 - 1.0);
        // How far the picture reaches to the side of this direction.
        let reach = half_w * dy.abs() + half_h * dx.abs();
        let (cx, cy) = (half_w - dy * off * reach, half_h + dx * off * reach);
        let length = (half_w + half_h) * 2.0;
        let mut values = Vec::with_capacity(length as usize + 1);
        let mut step = -length / 2.0;
        while step <= length / 2.0 {
            if let Some(value) = self.between(cx + dx * step, cy + dy * step) {
                values.push(value);
            }
            step += 1.0;
        }
        (values.len() >= 60).then_some(Line(values))
    }

    /// The brightness between four pixels; nothing outside.
    fn between(&self, x: f32, y: f32) -> Option<f32> {
        let inside = x >= 0.0 && y >= 0.0 && x < self.width as f32 - 1.0 && y < self.height as f32 - 1.0;
        if !inside {
            return None;
        }
        let (left, top, fx, fy) = (x as usize, y as usize, x.fract(), y.fract());
        let at = |x, y| f32::from(self.luma(x, y));
        let upper = at(left, top) * (1.0 - fx) + at(left + 1, top) * fx;
        let lower = at(left, top + 1) * (1.0 - fx) + at(left + 1, top + 1) * fx;
        Some(upper * (1.0 - fy) + lower * fy)
    }
}

impl Line {
    /// The line's bars, by one threshold for all of it, and by one that follows the light.
    pub(crate) fn both_thresholds(&self) -> impl Iterator<Item = Bars> {
        [Line::one_threshold, Line::local_threshold].into_iter().map(|threshold| Bars::of(&self.0, &threshold(self)))
    }

    fn one_threshold(&self) -> Vec<f32> {
        let mut sorted = self.0.clone();
        sorted.sort_unstable_by(f32::total_cmp);
        let at = |share: usize| sorted.get(sorted.len() * share / 100).copied().unwrap_or_default();
        vec![(at(5) + at(95)) / 2.0; self.0.len()]
    }

    /// The middle between the darkest and the lightest nearby; where there is hardly a difference, all is light.
    fn local_threshold(&self) -> Vec<f32> {
        const CONTRAST_MIN: f32 = 24.0;
        let reach = (self.0.len() / 24).max(12);
        let middle = |place: usize| {
            let near = self.0.get(place.saturating_sub(reach)..(place + reach).min(self.0.len())).unwrap_or_default();
            let (low, high) = near.iter().fold((255.0_f32, 0.0_f32), |(low, high), value| (low.min(*value), high.max(*value)));
            if high - low < CONTRAST_MIN { 0.0 } else { (low + high) / 2.0 }
        };
        (0..self.0.len()).map(middle).collect()
    }
}
