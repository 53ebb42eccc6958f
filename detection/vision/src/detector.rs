//! One detector: a network, how its input is made, how its output is read.
//!
//! The model is run once when it is opened, on an empty picture: only then do sides that its file leaves open have
//! numbers, and a model that does not fit is refused before the first frame, not with it. Its card is the metadata in the
//! file, overruled by a TOML beside it.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use half::f16;
use thiserror::Error;

use crate::frame::Region;
use crate::heads::card::Colour;
use crate::heads::picture::{Order, Picture};
use crate::heads::{Candidate, FitError, Head, InputSize, ModelCard, OutputShape, Preparation, merge_slices, suppress};
use crate::session::{Element, Execution, Feed, Input, Network, NetworkError, Port, Runtime};

/// The side of an input that nobody states.
const SIDE_USUAL: usize = 640;
/// Candidates below are dropped, where nobody says otherwise.
const SCORE_MIN: f32 = 0.25;
/// The overlap at which two boxes are one thing, where nobody says otherwise.
const OVERLAP_MAX: f32 = 0.45;

/// A detector that cannot be used.
#[derive(Debug, Error)]
pub enum DetectorError {
    /// Loading or running.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// The TOML beside the model cannot be read.
    #[error("{path}: {found}")]
    Card {
        /// Which.
        path: PathBuf,
        /// Line, field, found, allowed.
        found: toml::de::Error,
    },
    /// Its inputs are not a picture.
    #[error(
        "the model {name} takes {found}: allowed is a picture [1, 3, height, width] or [1, height, width, 3] (or with one \
         channel) of 32 or 16 bit floats or bytes, and beside it the picture's size [1, 2] in 64 bit integers"
    )]
    Inputs {
        /// Which.
        name: String,
        /// What it takes.
        found: String,
    },
    /// Its outputs are none that is read.
    #[error("the model {name}: {why}")]
    Outputs {
        /// Which.
        name: String,
        /// What was found, what would fit.
        why: FitError,
    },
    /// A class is wanted that no model has.
    #[error("no model finds {found:?}: allowed is {allowed}")]
    Class {
        /// The class.
        found: String,
        /// What the models find.
        allowed: String,
    },
    /// A model has none of the classes that are wanted: it would run for nothing.
    #[error("the model {name} finds none of {wanted}: it finds {has}")]
    Idle {
        /// Which.
        name: String,
        /// What is wanted.
        wanted: String,
        /// What it finds.
        has: String,
    },
}

/// Opens models and has them look for some classes only, by the names that the models give them; for all where none is
/// named.
///
/// # Errors
/// As [`Detector::open`]; and where a name is none of any model's, or a model has none of the names.
pub fn open_all(
    runtime: &Runtime,
    paths: &[PathBuf],
    execution: &Execution,
    classes: &[String],
) -> Result<Vec<Detector>, DetectorError> {
    let open = |path: &PathBuf| Detector::open(runtime, path, execution);
    let mut detectors = paths.iter().map(open).collect::<Result<Vec<_>, _>>()?;
    choose(&mut detectors, classes)?;
    Ok(detectors)
}

fn choose(detectors: &mut [Detector], classes: &[String]) -> Result<(), DetectorError> {
    let listed = |names: BTreeSet<&str>| {
        if names.is_empty() { "nothing that has a name".to_owned() } else { Vec::from_iter(names).join(", ") }
    };
    let known: BTreeSet<&str> = detectors.iter().flat_map(Detector::names).collect();
    if let Some(class) = classes.iter().find(|class| !known.contains(class.as_str())) {
        let allowed = if detectors.is_empty() { "none without a model".to_owned() } else { listed(known) };
        return Err(DetectorError::Class { found: class.clone(), allowed });
    }
    if classes.is_empty() {
        return Ok(());
    }
    for detector in detectors {
        let wanted: BTreeSet<usize> =
            detector.card.names.iter().filter(|(_, name)| classes.contains(name)).map(|(number, _)| *number).collect();
        if wanted.is_empty() {
            let has = listed(detector.names().collect());
            return Err(DetectorError::Idle {
                name: detector.network.name().to_owned(),
                wanted: classes.join(", "),
                has,
            });
        }
        detector.wanted = Some(wanted);
    }
    Ok(())
}

/// The numbers of an input.
#[derive(Debug)]
enum Numbers {
    F32(Vec<f32>),
    F16(Vec<f16>),
    U8(Vec<u8>),
}

/// How pictures go in.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Intake {
    sides: [usize; 4],
    order: Order,
    size: InputSize,
    element: Element,
    /// Whether the model asks for the picture's size as well, and where among its inputs.
    asks_size: Option<usize>,
}

/// A network that finds things in a picture.
#[derive(Debug)]
pub struct Detector {
    network: Network,
    head: Head,
    intake: Intake,
    preparation: Preparation,
    numbers: Numbers,
    card: ModelCard,
    /// The classes looked for; all, where nothing is said.
    wanted: Option<BTreeSet<usize>>,
}

impl Detector {
    /// Opens a model, with the TOML beside it where there is one.
    ///
    /// # Errors
    /// [`DetectorError`], in words.
    pub fn open(runtime: &Runtime, path: &Path, execution: &Execution) -> Result<Self, DetectorError> {
        let beside = path.with_extension("toml");
        let said = match std::fs::read_to_string(&beside) {
            Ok(text) => ModelCard::from_toml(&text).map_err(|found| DetectorError::Card { path: beside, found })?,
            Err(_) => ModelCard::default(),
        };
        Self::new(Network::open(runtime, path, execution)?, said)
    }

    /// A detector of a loaded network and what is said of it beside its metadata.
    ///
    /// # Errors
    /// As [`Detector::open`].
    pub fn new(mut network: Network, said: ModelCard) -> Result<Self, DetectorError> {
        let card = said.or(ModelCard::from_metadata(&network.metadata()));
        let intake = Intake::of(network.inputs(), &card).ok_or_else(|| DetectorError::Inputs {
            name: network.name().to_owned(),
            found: network.inputs().iter().map(described).collect::<Vec<_>>().join(", "),
        })?;
        let numbers = intake.numbers();
        let shapes = run(&mut network, &intake, &numbers, |outputs| {
            let shape = |output: &crate::heads::Tensor<'_>| OutputShape {
                name: output.name().to_owned(),
                sides: output.shape().to_vec(),
            };
            outputs.iter().map(shape).collect::<Vec<_>>()
        })?;
        let head = Head::fit(&card, intake.size, &shapes)
            .map_err(|why| DetectorError::Outputs { name: network.name().to_owned(), why })?;
        let mut preparation = head.preparation(&card);
        if intake.channels() == 1 {
            preparation.colour = Colour::Grey;
        }
        // Bytes go in as they are: such a model has its arithmetic inside.
        if intake.element == Element::U8 {
            (preparation.mean, preparation.deviation) = ([0.0; 3], [1.0; 3]);
        }
        Ok(Self { network, head, intake, preparation, numbers, card, wanted: None })
    }

    /// How its outputs are read.
    #[must_use]
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// The sides of its input.
    #[must_use]
    pub fn size(&self) -> InputSize {
        self.intake.size
    }

    /// What it calls a class; nothing where nobody named it.
    #[must_use]
    pub fn name_of(&self, class: usize) -> Option<&str> {
        self.card.names.get(&class).map(String::as_str)
    }

    /// What it calls all its classes.
    fn names(&self) -> impl Iterator<Item = &str> {
        self.card.names.values().map(String::as_str)
    }

    /// Looks at regions of a picture; what is found is in the picture's pixels, every thing once, best first.
    ///
    /// # Errors
    /// Where the network does not run.
    pub fn detect(&mut self, picture: Picture<'_>, regions: &[Region]) -> Result<Vec<Candidate>, NetworkError> {
        let score_min = self.card.score_min.unwrap_or(SCORE_MIN);
        let overlap_max = self.card.overlap_max.unwrap_or(OVERLAP_MAX);
        let (width, height) = picture.size();
        let mut all = Vec::new();
        for region in regions.iter().filter_map(|region| region.within(width, height)) {
            let (order, preparation) = (self.intake.order, &self.preparation);
            let placement = match &mut self.numbers {
                Numbers::F32(numbers) => preparation.fill(picture, region, order, numbers, |value| value),
                Numbers::F16(numbers) => preparation.fill(picture, region, order, numbers, f16::from_f32),
                Numbers::U8(numbers) => preparation.fill(picture, region, order, numbers, |value| value as u8),
            };
            let head = &self.head;
            let mut found =
                run(&mut self.network, &self.intake, &self.numbers, |outputs| head.decode(outputs, score_min))?;
            // Before boxes are compared: what nobody looks for hides nothing.
            if let Some(wanted) = &self.wanted {
                found.retain(|candidate| wanted.contains(&candidate.class));
            }
            if head.needs_suppression(&self.card) {
                suppress(&mut found, overlap_max);
            }
            all.extend(found.into_iter().map(|candidate| placement.back(candidate)));
        }
        merge_slices(&mut all, overlap_max);
        Ok(all)
    }
}

impl Intake {
    /// How pictures go into these inputs; nothing where they do not.
    fn of(inputs: &[Port], card: &ModelCard) -> Option<Self> {
        let (picture, others): (Vec<_>, Vec<_>) =
            inputs.iter().enumerate().partition(|(_, port)| port.sides.len() == 4);
        let &[(_, port)] = &picture[..] else { return None };
        let asks_size = match others[..] {
            [] => None,
            [(place, size)] if size.element == Element::I64 && size.sides.last() == Some(&Some(2)) => Some(place),
            _ => return None,
        };
        let &[batch, a, b, c] = &port.sides[..] else { return None };
        let is_channels = |side: Option<usize>| side == Some(1) || side == Some(3);
        if batch.is_some_and(|batch| batch != 1) || !matches!(port.element, Element::F32 | Element::F16 | Element::U8) {
            return None;
        }
        let [wished_width, wished_height] = card.size.unwrap_or([SIDE_USUAL; 2]);
        let size = |height: Option<usize>, width: Option<usize>| InputSize {
            width: width.unwrap_or(wished_width),
            height: height.unwrap_or(wished_height),
        };
        let (order, size) = match () {
            () if is_channels(a) => (Order::Planes, size(b, c)),
            () if is_channels(c) => (Order::Pixels, size(a, b)),
            () => return None,
        };
        let channels = if order == Order::Planes { a? } else { c? };
        let sides = match order {
            Order::Planes => [1, channels, size.height, size.width],
            Order::Pixels => [1, size.height, size.width, channels],
        };
        Some(Self { sides, order, size, element: port.element, asks_size })
    }

    fn channels(&self) -> usize {
        self.sides[if self.order == Order::Planes { 1 } else { 3 }]
    }

    /// Room for one input, empty.
    fn numbers(&self) -> Numbers {
        let count = self.sides.iter().product();
        match self.element {
            Element::F16 => Numbers::F16(vec![f16::ZERO; count]),
            Element::U8 => Numbers::U8(vec![0; count]),
            _ => Numbers::F32(vec![0.0; count]),
        }
    }
}

fn run<R>(
    network: &mut Network,
    intake: &Intake,
    numbers: &Numbers,
    read: impl FnOnce(&[crate::heads::Tensor<'_>]) -> R,
) -> Result<R, NetworkError> {
    let values = match numbers {
        Numbers::F32(numbers) => Input::F32(numbers),
        Numbers::F16(numbers) => Input::F16(numbers),
        Numbers::U8(numbers) => Input::U8(numbers),
    };
    let mut feeds = vec![Feed { sides: &intake.sides, values }];
    let size = [intake.size.width as i64, intake.size.height as i64];
    if let Some(place) = intake.asks_size {
        feeds.insert(place, Feed { sides: &[1, 2], values: Input::I64(&size) });
    }
    network.run(&feeds, read)
}

fn described(port: &Port) -> String {
    let sides: Vec<_> = port.sides.iter().map(|side| side.map_or("?".to_owned(), |side| side.to_string())).collect();
    format!("{} {:?} [{}]", port.name, port.element, sides.join(", "))
}
