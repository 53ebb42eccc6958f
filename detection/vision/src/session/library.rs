//! Where ONNX Runtime's library is.

use std::path::{Path, PathBuf};
use std::sync::Mutex;

use ort::environment::Environment;
use thiserror::Error;

/// What the library is called.
const LIBRARY: &str = if cfg!(target_os = "macos") { "libonnxruntime.dylib" } else { "libonnxruntime.so" };
/// Says where it is, to this and other programs.
const VARIABLE: &str = "ORT_DYLIB_PATH";

/// No library, or one that does not load.
#[derive(Debug, Error)]
pub enum LibraryError {
    /// It is nowhere.
    #[error(
        "no video: ONNX Runtime's library is not here (looked for {looked_for}); `scripts/onnxruntime.sh` fetches it, \
         or {VARIABLE} says where it is"
    )]
    Absent {
        /// The places.
        looked_for: String,
    },
    /// It is there, and does not load.
    #[error("no video: {path} is not an ONNX Runtime that can be used: {why}")]
    Unusable {
        /// Which.
        path: PathBuf,
        /// In the loader's words.
        why: String,
    },
}

/// ONNX Runtime, loaded. A process loads it once, whoever asks first; handles are cheap to clone.
#[derive(Debug, Clone)]
pub struct Runtime {
    environment: Environment,
    path: PathBuf,
}

/// The one environment that ONNX Runtime allows a process.
static LOADED: Mutex<Option<Runtime>> = Mutex::new(None);

impl Runtime {
    /// Loads the library, from `configured` where that is given, or wherever it is found.
    ///
    /// # Errors
    /// One line that says where it was looked for, or why it does not load.
    pub fn load(configured: Option<&Path>) -> Result<Self, LibraryError> {
        let mut loaded = LOADED.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(runtime) = &*loaded {
            return Ok(runtime.clone());
        }
        let runtime = Self::from_file(find(configured)?)?;
        *loaded = Some(runtime.clone());
        Ok(runtime)
    }

    fn from_file(path: PathBuf) -> Result<Self, LibraryError> {
        let unusable = |why: String| LibraryError::Unusable { path: path.clone(), why };
        let builder = ort::init_from(&path).map_err(|error| unusable(error.to_string()))?;
        let builder = builder.with_name("picket").with_telemetry(false);
        let environment = builder.build().map_err(|error| unusable(error.to_string()))?;
        Ok(Self { environment, path })
    }

    /// The file it came from.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn environment(&self) -> &Environment {
        &self.environment
    }
}

/// The library's file: the configured one or none, else the first of the usual places.
fn find(configured: Option<&Path>) -> Result<PathBuf, LibraryError> {
    let stated = configured.map(Path::to_owned).or_else(|| std::env::var_os(VARIABLE).map(PathBuf::from));
    let places = stated.map_or_else(usual_places, |stated| vec![stated]);
    if let Some(found) = places.iter().find(|place| place.is_file()) {
        return Ok(found.clone());
    }
    let looked_for: Vec<_> = places.iter().map(|place| place.display().to_string()).collect();
    Err(LibraryError::Absent { looked_for: looked_for.join(", ") })
}

/// Beside the program, in a folder above it as a build has it, and where packages put it.
fn usual_places() -> Vec<PathBuf> {
    let program = std::env::current_exe().unwrap_or_default();
    let mut places: Vec<PathBuf> = program.parent().map(|folder| folder.join(LIBRARY)).into_iter().collect();
    let above = program.ancestors().skip(2).take(3);
    places.extend(above.map(|folder| folder.join("onnxruntime").join(LIBRARY)));
    places.extend(["/usr/lib/picket", "/usr/local/lib"].map(|folder| Path::new(folder).join(LIBRARY)));
    places
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_the_library_is_absent_one_line_says_where_it_was_looked_for() {
        let said = find(Some(Path::new("/nowhere/libonnxruntime.so"))).unwrap_err().to_string();
        assert!(said.contains("/nowhere/libonnxruntime.so") && said.contains("onnxruntime.sh"), "{said}");
        assert!(!said.contains('\n'), "{said}");
    }
}
