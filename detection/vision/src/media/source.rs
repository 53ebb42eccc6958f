//! Frames from a camera or a file.
//!
//! A [`Source`] is a GStreamer pipeline that ends in a sink we pull from. Of a live source the sink keeps one frame: when a
//! newer one comes before we pulled, the older is dropped and counted, so a reader that stalls never stalls the camera
//! and never sees a frame that is older than it must be. A file waits for its reader, and no frame is lost.
//!
//! The time of a frame is when it was taken: the sender's own clock where a network camera states it (RTCP sender
//! reports, RFC 3550 §6.4.1), else the time at which the driver or the first packet gave it, brought from the pipeline's
//! clock to UTC. A file's frames count from the time that its reader names.

use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::AppSink;
use gstreamer_video::{VideoFormat, VideoFrameExt, VideoFrameRef, VideoInfo};

use super::coded::{Coded, CodedFrame, Tap};
use super::levels::Levels;
use super::{MediaError, start};
use crate::frame::{GrayFrame, RgbFrame};

/// Seconds from 1900, where NTP counts from, to 1970.
const NTP_TO_UNIX_S: u64 = 2_208_988_800;

/// Where frames come from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Origin {
    /// A network camera (H.264 or H.265, as the camera says).
    Rtsp {
        /// Its address, `rtsp://…`.
        url: String,
    },
    /// A camera of this machine that speaks V4L2: most USB cameras.
    V4l2 {
        /// Its device, `/dev/video0`.
        device: PathBuf,
    },
    /// A camera on this machine's ribbon cable (libcamera).
    Csi {
        /// Its name to libcamera; the first where not given.
        name: Option<String>,
    },
    /// A recording.
    File {
        /// Which.
        path: PathBuf,
        /// When its first frame was taken, UTC, ns since 1970.
        begins_ns: i64,
    },
    /// A recording played as it was taken, as if it were a camera: its frames are taken when they are shown.
    Film {
        /// Which.
        path: PathBuf,
    },
    /// GStreamer's moving test picture, live: for trying out everything behind a camera.
    Pattern {
        /// Width, pixels.
        width: usize,
        /// Height, pixels.
        height: usize,
        /// Pictures a second.
        rate: u32,
    },
}

impl Origin {
    fn is_live(&self) -> bool {
        !matches!(self, Self::File { .. })
    }

    /// The beginning of the pipeline, up to frames that are decoded.
    fn description(&self) -> String {
        match self {
            Self::Rtsp { .. } => {
                "rtspsrc name=input latency=100 drop-on-latency=true add-reference-timestamp-meta=true \
                                  ! application/x-rtp,media=video ! decodebin"
                    .to_owned()
            }
            Self::V4l2 { .. } => "v4l2src name=input ! decodebin".to_owned(),
            Self::Csi { .. } => "libcamerasrc name=input ! video/x-raw".to_owned(),
            Self::File { .. } => "filesrc name=input ! decodebin".to_owned(),
            Self::Film { .. } => "filesrc name=input ! decodebin ! identity sync=true".to_owned(),
            Self::Pattern { width, height, rate } => format!(
                "videotestsrc name=input is-live=true pattern=ball ! \
                 video/x-raw,format=I420,width={width},height={height},framerate={rate}/1"
            ),
        }
    }

    /// Tells the first element which camera or file. Names never go into a pipeline's text: they are other people's.
    fn set(&self, pipeline: &gst::Pipeline) {
        let Some(input) = pipeline.by_name("input") else { return };
        match self {
            Self::Rtsp { url } => input.set_property("location", url),
            Self::V4l2 { device } => input.set_property("device", device.display().to_string()),
            Self::Csi { name: Some(name) } => input.set_property("camera-name", name),
            Self::File { path, .. } | Self::Film { path } => input.set_property("location", path.display().to_string()),
            Self::Csi { name: None } | Self::Pattern { .. } => {}
        }
    }

    fn hint(&self) -> &'static str {
        match self {
            Self::Csi { .. } => "install gstreamer1.0-libcamera",
            _ => "install gstreamer1.0-plugins-base, -good, -bad and gstreamer1.0-libav",
        }
    }
}

impl std::fmt::Display for Origin {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // A camera's address may hold its password.
            Self::Rtsp { url } => write!(f, "rtsp camera {}", url.rsplit(['@', '/']).next().unwrap_or_default()),
            Self::V4l2 { device } => write!(f, "camera {}", device.display()),
            Self::Csi { name } => write!(f, "libcamera {}", name.as_deref().unwrap_or("(first)")),
            Self::File { path, .. } => write!(f, "{}", path.display()),
            Self::Film { path } => write!(f, "the film {}", path.display()),
            Self::Pattern { .. } => f.write_str("the test picture"),
        }
    }
}

/// Which pixels are wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pixels {
    /// Eight bits of grey: all that the small-target detector needs, and the cheapest.
    Gray,
    /// Eight bits of grey out of an infrared camera's sixteen.
    Gray16,
    /// Colour, and grey beside it.
    Rgb,
}

impl Pixels {
    fn format(self) -> &'static str {
        match self {
            Self::Gray => "GRAY8",
            Self::Gray16 => "GRAY16_LE",
            Self::Rgb => "RGB",
        }
    }
}

/// A picture as it came.
#[derive(Debug, Clone)]
pub struct Taken {
    /// In grey.
    pub gray: GrayFrame,
    /// In colour, where that was wanted.
    pub rgb: Option<RgbFrame>,
    /// Its place in the stream: ns from the stream's beginning.
    pub stream_ns: u64,
}

/// What there is.
#[derive(Debug)]
pub enum Next {
    /// A frame.
    Frame(Box<Taken>),
    /// Nothing yet.
    Waiting,
    /// Nothing any more.
    Ended,
}

/// A running camera or file.
#[derive(Debug)]
pub struct Source {
    origin: Origin,
    pixels: Pixels,
    pipeline: gst::Pipeline,
    view: AppSink,
    levels: Levels,
    tap: Option<Tap>,
    frames: u64,
}

impl Source {
    /// Opens and starts it.
    ///
    /// # Errors
    /// [`MediaError`] where elements are missing or the device does not start. What breaks later comes with [`Self::next`].
    pub fn open(origin: Origin, pixels: Pixels) -> Result<Self, MediaError> {
        Self::launch(origin, pixels, "", false)
    }

    /// The same, with the source's own H.264 beside the pictures, where it has any: see [`Self::coded`].
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_passing(origin: Origin, pixels: Pixels) -> Result<Self, MediaError> {
        Self::launch(origin, pixels, "", true)
    }

    /// The same, with frames made to another size before they are given out.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_scaled(origin: Origin, pixels: Pixels, width: usize, height: usize) -> Result<Self, MediaError> {
        let scaled = format!(" ! videoscale ! video/x-raw,width={width},height={height},pixel-aspect-ratio=1/1");
        Self::launch(origin, pixels, &scaled, false)
    }

    fn launch(origin: Origin, pixels: Pixels, scaled: &str, passing: bool) -> Result<Self, MediaError> {
        start()?;
        let live = origin.is_live();
        // One frame, newest wins, of a live source; four, then the file waits.
        let (room, drop, queue) =
            if live { (1, true, "queue leaky=downstream max-size-buffers=1") } else { (4, false, "queue") };
        let text = format!(
            "{} ! {queue}{scaled} ! videoconvert n-threads=1 ! video/x-raw,format={} ! appsink name=view sync=false \
             max-buffers={room} drop={drop}",
            origin.description(),
            pixels.format()
        );
        let missing = |error: gst::glib::Error| MediaError::Missing { element: error.to_string(), hint: origin.hint() };
        let pipeline = gst::parse::launch(&text).map_err(missing)?;
        let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a text of several elements is a pipeline");
        origin.set(&pipeline);
        let view =
            pipeline.by_name("view").and_then(|sink| sink.downcast::<AppSink>().ok()).expect("the text names it");
        let tap = passing.then(|| Tap::of(&pipeline));
        let mut source = Self { origin, pixels, pipeline, view, levels: Levels::default(), tap, frames: 0 };
        if source.pipeline.set_state(gst::State::Playing).is_err() {
            return Err(source.broken().unwrap_or_else(|| source.says("it does not start")));
        }
        Ok(source)
    }

    /// What it reads.
    #[must_use]
    pub fn origin(&self) -> &Origin {
        &self.origin
    }

    /// Frames given out so far.
    #[must_use]
    pub fn frames(&self) -> u64 {
        self.frames
    }

    /// The next frame, or the newest of a live source; waits for it at most so long.
    ///
    /// # Errors
    /// Where the camera or the file broke: it is then of no more use, and can be opened again.
    pub fn next(&mut self, wait: Duration) -> Result<Next, MediaError> {
        let wait = gst::ClockTime::from_nseconds(wait.as_nanos().try_into().unwrap_or(u64::MAX / 2));
        if let Some(sample) = self.view.try_pull_sample(wait) {
            self.frames += 1;
            return self.picture(&sample).map(|taken| Next::Frame(Box::new(taken)));
        }
        if let Some(broken) = self.broken() {
            return Err(broken);
        }
        Ok(if self.view.is_eos() { Next::Ended } else { Next::Waiting })
    }

    /// The source's own frames up to a picture that it gave, where it was opened so.
    #[must_use]
    pub fn coded(&self, taken: &Taken) -> Coded {
        self.tap.as_ref().map_or(Coded::None, |tap| tap.up_to(taken.stream_ns))
    }

    /// When a frame was taken of which there may be no picture: UTC, ns since 1970.
    #[must_use]
    pub fn coded_at_ns(&self, frame: &CodedFrame) -> i64 {
        self.captured_at_ns(&frame.buffer, frame.stream_ns)
    }

    fn picture(&mut self, sample: &gst::Sample) -> Result<Taken, MediaError> {
        let none = |why: &str| MediaError::Picture { what: self.origin.to_string(), why: why.to_owned() };
        let caps = sample.caps().ok_or_else(|| none("without a format"))?;
        let info = VideoInfo::from_caps(caps).map_err(|_| none("without a size"))?;
        let buffer = sample.buffer().ok_or_else(|| none("without pixels"))?;
        let stream_ns = buffer.pts().map_or(0, gst::ClockTime::nseconds);
        let at_ns = self.captured_at_ns(buffer, stream_ns);
        let frame = VideoFrameRef::from_buffer_ref_readable(buffer, &info).map_err(|_| none("that cannot be read"))?;
        let stride = usize::try_from(frame.plane_stride()[0]).map_err(|_| none("with rows upside down"))?;
        let bytes = frame.plane_data(0).map_err(|_| none("without a plane"))?;
        let (width, height) = (info.width() as usize, info.height() as usize);
        let fits = |error: crate::frame::FrameError| none(&error.to_string());
        let (gray, rgb) = match info.format() {
            VideoFormat::Rgb => {
                let rgb = RgbFrame::new(width, height, stride, bytes, at_ns).map_err(fits)?;
                (rgb.to_gray(), Some(rgb))
            }
            VideoFormat::Gray16Le => {
                let wide: Vec<u16> = bytes.chunks_exact(2).map(|pair| u16::from_le_bytes([pair[0], pair[1]])).collect();
                let eight = self.levels.spread(&wide, width, height, stride / 2);
                (GrayFrame::new(width, height, width, eight, at_ns).map_err(fits)?, None)
            }
            _ => (GrayFrame::new(width, height, stride, bytes, at_ns).map_err(fits)?, None),
        };
        debug_assert_eq!(rgb.is_some(), self.pixels == Pixels::Rgb);
        Ok(Taken { gray, rgb, stream_ns })
    }

    /// UTC, ns since 1970.
    fn captured_at_ns(&self, buffer: &gst::BufferRef, stream_ns: u64) -> i64 {
        if let Origin::File { begins_ns, .. } = self.origin {
            return begins_ns.saturating_add(i64::try_from(stream_ns).unwrap_or(i64::MAX));
        }
        let sent = buffer.iter_meta::<gst::ReferenceTimestampMeta>().find_map(|meta| {
            let ntp = meta.reference().structure(0).is_some_and(|reference| reference.name() == "timestamp/x-ntp");
            ntp.then(|| meta.timestamp().nseconds().checked_sub(NTP_TO_UNIX_S * 1_000_000_000))?
        });
        if let Some(sent) = sent {
            return i64::try_from(sent).unwrap_or(i64::MAX);
        }
        let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        let now = i64::try_from(now.as_nanos()).unwrap_or(i64::MAX);
        // The age of the frame on the pipeline's clock; none where the pipeline has none yet.
        let running = self.pipeline.current_running_time().map_or(stream_ns, gst::ClockTime::nseconds);
        now - i64::try_from(running.saturating_sub(stream_ns)).unwrap_or(0)
    }

    /// The first error that the pipeline has reported.
    fn broken(&mut self) -> Option<MediaError> {
        let message = self.pipeline.bus()?.pop_filtered(&[gst::MessageType::Error])?;
        let gst::MessageView::Error(error) = message.view() else { return None };
        Some(self.says(&error.error().to_string()))
    }

    fn says(&self, why: &str) -> MediaError {
        MediaError::Broken { what: self.origin.to_string(), why: why.to_owned() }
    }
}

impl Drop for Source {
    fn drop(&mut self) {
        // Nobody is left to whom a failure to stop would matter.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}
