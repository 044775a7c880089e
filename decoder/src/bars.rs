//! A line as widths: light, dark, light, … The edges lie between pixels, where the brightness crosses the threshold, so that a blurred
//! code keeps its proportions.

/// Widths in pixels; the first is of light, and may be 0.
#[derive(Debug)]
pub(crate) struct Bars {
    widths: Vec<f32>,
}

impl Bars {
    /// Where `values` are below their `threshold`, it is dark.
    pub(crate) fn of(values: &[f32], threshold: &[f32]) -> Bars {
        let mut widths = Vec::new();
        let (mut begun, mut dark) = (0.0_f32, false);
        // The brightness over the threshold, before and here.
        let mut before = 1.0_f32;
        for (place, over) in values.iter().zip(threshold).map(|(value, threshold)| value - threshold).enumerate() {
            if (over < 0.0) != dark {
                let edge =
                    if place == 0 { 0.0 } else { place as f32 - over.abs() / (over.abs() + before.abs()).max(f32::EPSILON) };
                widths.push((edge - begun).max(0.0));
                (begun, dark) = (edge, !dark);
            }
            before = over;
        }
        widths.push(values.len() as f32 - begun);
        Bars { widths }
    }

    /// The same from its other end.
    pub(crate) fn reversed(&self) -> Bars {
        let mut widths: Vec<f32> = self.widths.iter().rev().copied().collect();
        // The first is light again.
        if widths.len().is_multiple_of(2) {
            widths.insert(0, 0.0);
        }
        Bars { widths }
    }

    /// Every dark element with what follows it, and the light before it.
    pub(crate) fn beginnings(&self) -> impl Iterator<Item = (f32, &[f32])> {
        (1..self.widths.len()).step_by(2).filter_map(|at| Some((*self.widths.get(at - 1)?, self.widths.get(at..)?)))
    }
}

/// Which of `patterns` (widths in modules) these elements are: the nearest, if no element is off by more than `one_max` modules, and all
/// together by no more than `all_max` of their width.
pub(crate) fn nearest<const N: usize>(elements: &[f32], patterns: &[[u8; N]], all_max: f32, one_max: f32) -> Option<usize> {
    let elements: &[f32; N] = elements.try_into().ok()?;
    let total: f32 = elements.iter().sum();
    let off = |pattern: &[u8; N]| {
        let module = total / f32::from(pattern.iter().sum::<u8>());
        let mut sum = 0.0;
        for (element, modules) in elements.iter().zip(pattern) {
            let off = (element - f32::from(*modules) * module).abs();
            if off > one_max * module {
                return None;
            }
            sum += off;
        }
        Some(sum / total)
    };
    let fitting = patterns.iter().enumerate().filter_map(|(index, pattern)| Some((index, off(pattern)?)));
    fitting.filter(|(_, off)| *off <= all_max).min_by(|(_, a), (_, b)| a.total_cmp(b)).map(|(index, _)| index)
}
