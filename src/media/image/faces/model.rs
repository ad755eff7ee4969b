//! The model of SeetaFace: three quick judges of a window, and a line of small networks that look closer.

/// Values that a pattern of nine squares may have.
const PATTERNS: usize = 256;
/// Features are judged so many at a time.
pub(super) const GROUP: usize = 10;
/// Numbers that a network tells of a window: how sure it is, and how far to the right, down and larger the face is.
pub(super) const OUTPUTS: usize = 4;
/// More than any level of the model has of anything.
const MOST: usize = 100_000;
const QUICK: usize = 0;
const CLOSE: usize = 1;

pub(super) struct Model {
    pub quick: Vec<Quick>,
    /// In the order in which a window passes them.
    pub close: Vec<Close>,
}

/// A sum of weights of local patterns, ended as soon as it is too small.
pub(super) struct Quick {
    pub places: Vec<(usize, usize)>,
    pub thresholds: Vec<f32>,
    weights: Vec<f32>,
}

impl Quick {
    pub(super) fn weight(&self, feature: usize, pattern: u8) -> f32 {
        self.weights[feature * PATTERNS + usize::from(pattern)]
    }
}

/// A network on features of gradients.
pub(super) struct Close {
    /// Whether the windows that pass it go on to the next level as they are.
    pub ends_level: bool,
    /// Of the list of patches, from 0.
    pub features: Vec<usize>,
    pub threshold: f32,
    layers: Vec<Layer>,
}

struct Layer {
    inputs: usize,
    weights: Vec<f32>,
    biases: Vec<f32>,
}

impl Close {
    /// Rectified in between, a sigmoid at the end.
    pub(super) fn outputs(&self, features: &[f32]) -> [f32; OUTPUTS] {
        let mut values = features.to_vec();
        for (at, layer) in self.layers.iter().enumerate() {
            let is_last = at + 1 == self.layers.len();
            let of_one = |(weights, bias): (&[f32], &f32)| {
                let sum: f32 = weights.iter().zip(&values).map(|(weight, value)| weight * value).sum::<f32>() + bias;
                if is_last { 1.0 / (1.0 + (-sum).exp()) } else { sum.max(0.0) }
            };
            values = layer.weights.chunks_exact(layer.inputs).zip(&layer.biases).map(of_one).collect();
        }
        std::array::from_fn(|at| values.get(at).copied().unwrap_or_default())
    }
}

impl Model {
    /// `None` when it is no such model.
    pub(super) fn read(bytes: &[u8]) -> Option<Self> {
        let mut reader = Reader { rest: bytes };
        let levels = reader.number()?;
        let mut quick = Vec::new();
        for _ in 0..reader.number()? {
            (reader.number()? == 1 && reader.number()? == QUICK).then_some(())?;
            quick.push(reader.quick()?);
            reader.sources()?;
        }
        let mut close = Vec::new();
        for _ in 1..levels {
            // One line that takes the windows of all before it.
            (reader.number()? == 1).then_some(())?;
            let count = reader.number()?;
            for at in 1..=count {
                (reader.number()? == CLOSE).then_some(())?;
                close.push(Close { ends_level: at == count, ..reader.close()? });
            }
            reader.sources()?;
        }
        reader.rest.is_empty().then_some(Self { quick, close })
    }
}

struct Reader<'b> {
    rest: &'b [u8],
}

impl Reader<'_> {
    fn four(&mut self) -> Option<[u8; 4]> {
        let (four, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*four)
    }

    fn number(&mut self) -> Option<usize> {
        let number = usize::try_from(i32::from_le_bytes(self.four()?)).ok()?;
        (number <= MOST).then_some(number)
    }

    /// Which windows a line takes: all of those before it. The first ones have none, and say -1.
    fn sources(&mut self) -> Option<()> {
        let count = i32::from_le_bytes(self.four()?);
        (0..count).try_for_each(|_| self.number().map(drop))
    }

    fn reals(&mut self, count: usize) -> Option<Vec<f32>> {
        (0..count).map(|_| self.four().map(f32::from_le_bytes)).collect()
    }

    fn quick(&mut self) -> Option<Quick> {
        let (count, last_pattern) = (self.number()?, self.number()?);
        (count % GROUP == 0 && last_pattern + 1 == PATTERNS).then_some(())?;
        let places = (0..count).map(|_| Some((self.number()?, self.number()?))).collect::<Option<_>>()?;
        let thresholds = self.reals(count)?;
        Some(Quick { places, thresholds, weights: self.reals(count * PATTERNS)? })
    }

    fn close(&mut self) -> Option<Close> {
        let (layers, features) = (self.number()?, self.number()?);
        let features = (0..features).map(|_| self.number()?.checked_sub(1)).collect::<Option<_>>()?;
        let threshold = self.reals(1)?[0];
        let mut inputs = self.number()?;
        let mut read = Vec::new();
        for _ in 1..layers {
            let outputs = self.number()?;
            let weights = self.reals(inputs.checked_mul(outputs)?)?;
            read.push(Layer { inputs, weights, biases: self.reals(outputs)? });
            inputs = outputs;
        }
        (inputs == OUTPUTS).then_some(Close { ends_level: false, features, threshold, layers: read })
    }
}
