//! Frames and their metadata, encoded into one MPEG transport stream (ISO/IEC 13818-1) that others can read.
//!
//! Frames become H.264, by the computer's own encoder where it has one, else in software; metadata packets (MISB KLV, as
//! ST 1402 lays them beside video) go into a stream of their own with the time of their frame. What comes out are
//! [`Chunk`]s of whole transport packets, each marked where a key frame begins: enough for a recording, a clip, UDP and
//! RTSP, and none of them encodes again. Where the source has H.264 of its own, its frames are taken as they are
//! ([`Transport::pass`]).
//!
//! Frames wait before the encoder at most two deep, and newer ones push out older: an encoder that cannot keep up drops
//! frames, it never delays the camera. Two thousand chunks wait at most; beyond that the oldest go.

use std::sync::Arc;
use std::time::Duration;

use gstreamer as gst;
use gstreamer::prelude::*;
use gstreamer_app::{AppSink, AppSrc};

use super::coded::CodedFrame;
use super::source::Taken;
use super::{MediaError, start};

/// Chunks that nobody has taken yet.
const CHUNKS_MAX: u32 = 2_000;
/// Encoders, best first: those of graphics and of small computers' chips, then software.
const ENCODERS: [(&str, &str); 6] = [
    ("vah264enc", "vah264enc target-usage=7"),
    ("nvh264enc", "nvh264enc preset=low-latency-hp zerolatency=true"),
    ("v4l2h264enc", "v4l2h264enc"),
    ("vaapih264enc", "vaapih264enc"),
    ("x264enc", "x264enc tune=zerolatency speed-preset=superfast threads=2"),
    ("openh264enc", "openh264enc complexity=low multi-thread=2"),
];

/// How frames are encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Encoding {
    /// Width of the frames, pixels.
    pub width: usize,
    /// Height of the frames, pixels.
    pub height: usize,
    /// Width and height of the video, pixels, where frames are to be scaled; both even.
    pub scaled: Option<[usize; 2]>,
    /// Frames a second, as announced; they go out when they come.
    pub rate: u32,
    /// A frame in so many is a key frame.
    pub key_every: u32,
    /// kbit/s.
    pub kilobits_per_s: u32,
    /// Whether frames come in colour.
    pub colour: bool,
    /// Whether each frame brings a metadata packet: the stream then waits for it.
    pub metadata: bool,
}

/// Whole packets of a transport stream.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chunk {
    /// 188 bytes each.
    pub packets: Arc<[u8]>,
    /// Whether a key frame begins here, with the tables before it: a file may begin here.
    pub key: bool,
    /// The time in the stream, ns.
    pub stream_ns: u64,
}

/// What goes in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Entrance {
    /// Pictures, to be encoded.
    Pictures(Encoding),
    /// The source's own H.264.
    Coded,
}

/// Frames and metadata in, transport stream out.
#[derive(Debug)]
pub struct Transport {
    pipeline: gst::Pipeline,
    frames: AppSrc,
    metadata: Option<AppSrc>,
    chunks: AppSink,
    encoder: &'static str,
    entrance: Entrance,
    /// The time of the first frame. The multiplexer counts from it, whatever time it has.
    begins_ns: Option<u64>,
    last_ns: u64,
    /// Packets of a frame that is not complete; a frame's metadata at most, for they are taken together.
    unfinished: Vec<u8>,
}

impl Transport {
    /// Starts an encoder.
    ///
    /// # Errors
    /// [`MediaError`] where there is no encoder, or it does not start.
    pub fn open(encoding: Encoding) -> Result<Self, MediaError> {
        start()?;
        let found = ENCODERS.iter().find(|(element, _)| gst::ElementFactory::find(element).is_some());
        let &(encoder, text) = found.ok_or_else(|| MediaError::Missing {
            element: "H.264 encoder".into(),
            hint: "install gstreamer1.0-plugins-ugly (x264enc) or -bad (openh264enc)",
        })?;
        let Encoding { width, height, scaled, rate, key_every, kilobits_per_s, colour, metadata } = encoding;
        let [wide, high] = scaled.unwrap_or([width, height]);
        let format = if colour { "RGB" } else { "GRAY8" };
        let text = format!(
            "appsrc name=frames format=time max-buffers=2 leaky-type=downstream \
             caps=video/x-raw,format={format},width={width},height={height},framerate={rate}/1 \
             ! videoconvert n-threads=1 ! videoscale add-borders=false n-threads=1 \
             ! video/x-raw,format=I420,width={wide},height={high},pixel-aspect-ratio=1/1 ! {text} name=encoder"
        );
        let transport = Self::launch(&text, metadata, encoder, Entrance::Pictures(encoding))?;
        if let Some(element) = transport.pipeline.by_name("encoder") {
            tune(&element, encoder, kilobits_per_s, key_every);
        }
        transport.play()
    }

    /// Takes the source's own frames ([`Self::put_coded`]) and encodes none. Whether each frame brings a metadata packet: the
    /// stream then waits for it.
    ///
    /// # Errors
    /// [`MediaError`] where GStreamer does not start.
    pub fn pass(metadata: bool) -> Result<Self, MediaError> {
        start()?;
        // As many as may wait in front of it: a stalled detector lets them through all at once.
        let text = "appsrc name=frames format=time max-buffers=300 leaky-type=downstream";
        Self::launch(text, metadata, "none: as it came", Entrance::Coded)?.play()
    }

    fn launch(frames: &str, metadata: bool, encoder: &'static str, entrance: Entrance) -> Result<Self, MediaError> {
        let text = format!(
            "{frames} ! h264parse config-interval=-1 ! video/x-h264,stream-format=byte-stream,alignment=au \
             ! mpegtsmux name=mux alignment=0 pat-interval=900 pmt-interval=900 \
             ! appsink name=chunks sync=false drop=true buffer-list=true max-buffers={CHUNKS_MAX} {}",
            match entrance {
                _ if !metadata => "",
                Entrance::Pictures(_) =>
                    "appsrc name=metadata format=time max-buffers=8 leaky-type=downstream caps=meta/x-klv,parsed=true ! mux.",
                Entrance::Coded =>
                    "appsrc name=metadata format=time max-buffers=300 leaky-type=downstream caps=meta/x-klv,parsed=true ! mux.",
            }
        );
        let broken = |why: String| MediaError::Broken { what: format!("the encoder {encoder}"), why };
        let pipeline = gst::parse::launch(&text).map_err(|error| broken(error.to_string()))?;
        let pipeline = pipeline.downcast::<gst::Pipeline>().expect("a text of several elements is a pipeline");
        let named = |name: &str| pipeline.by_name(name).expect("the text names it");
        let source = |name: &str| named(name).downcast::<AppSrc>().expect("it is an appsrc");
        let (frames, metadata) = (source("frames"), metadata.then(|| source("metadata")));
        let chunks = named("chunks").downcast::<AppSink>().expect("it is an appsink");
        Ok(Self {
            pipeline,
            frames,
            metadata,
            chunks,
            encoder,
            entrance,
            begins_ns: None,
            last_ns: 0,
            unfinished: Vec::new(),
        })
    }

    fn play(self) -> Result<Self, MediaError> {
        match self.pipeline.set_state(gst::State::Playing) {
            Ok(_) => Ok(self),
            Err(_) => Err(self.broken()),
        }
    }

    /// Whether it takes the source's own frames.
    #[must_use]
    pub fn passes(&self) -> bool {
        self.entrance == Entrance::Coded
    }

    /// Puts in the source's next frame with its metadata packet, if the stream has any.
    ///
    /// # Errors
    /// Where the stream broke.
    pub fn put_coded(&mut self, frame: &CodedFrame, metadata: &[u8]) -> Result<(), MediaError> {
        if !self.passes() || (self.last_ns > 0 && frame.stream_ns <= self.last_ns) {
            return Ok(());
        }
        self.last_ns = frame.stream_ns;
        let begins_ns = *self.begins_ns.get_or_insert(frame.stream_ns);
        let time = gst::ClockTime::from_nseconds(frame.stream_ns - begins_ns);
        if let Some(stream) = &self.metadata {
            push(stream, metadata.to_vec(), time).map_err(|_| self.broken())?;
        }
        if self.frames.caps().as_ref() != Some(&frame.caps) {
            self.frames.set_caps(Some(&frame.caps));
        }
        // Its bytes are shared; its times are its own.
        let mut buffer = frame.buffer.copy();
        let fresh = buffer.get_mut().expect("nobody else has the copy");
        fresh.set_pts(time);
        fresh.set_dts(time);
        self.frames.push_buffer(buffer).map(|_| ()).map_err(|_| self.broken())
    }

    /// Which encoder was found.
    #[must_use]
    pub fn encoder(&self) -> &'static str {
        self.encoder
    }

    /// Puts in the next frame with its metadata packet, complete with its key, if the stream has any. A frame of another
    /// size than announced is left out, and so is one whose time does not go forward.
    ///
    /// # Errors
    /// Where the encoder broke.
    pub fn put(&mut self, taken: &Taken, metadata: &[u8]) -> Result<(), MediaError> {
        let Entrance::Pictures(Encoding { width, height, colour, .. }) = self.entrance else { return Ok(()) };
        let fits = (taken.gray.width(), taken.gray.height()) == (width, height);
        if !fits || (self.last_ns > 0 && taken.stream_ns <= self.last_ns) {
            return Ok(());
        }
        self.last_ns = taken.stream_ns;
        let begins_ns = *self.begins_ns.get_or_insert(taken.stream_ns);
        let time = gst::ClockTime::from_nseconds(taken.stream_ns - begins_ns);
        if let Some(stream) = &self.metadata {
            push(stream, metadata.to_vec(), time).map_err(|_| self.broken())?;
        }
        let row = |y: usize| match &taken.rgb {
            Some(rgb) if colour => rgb.row(y),
            _ => taken.gray.row(y),
        };
        // GStreamer's rows of raw pictures begin at multiples of four.
        let bytes = width * if colour { 3 } else { 1 };
        let stride = bytes.next_multiple_of(4);
        let mut pixels = vec![0; stride * height];
        for (y, line) in pixels.chunks_exact_mut(stride).enumerate() {
            line[..bytes].copy_from_slice(row(y));
        }
        push(&self.frames, pixels, time).map_err(|_| self.broken())
    }

    /// Makes the next frame a key frame, for somebody who begins to look now.
    pub fn ask_for_key(&self) {
        let wish = gstreamer_video::UpstreamForceKeyUnitEvent::builder().all_headers(true).build();
        // An encoder that does not know the wish makes one every second or two anyway.
        let _ = self.pipeline.by_name("encoder").is_some_and(|encoder| encoder.send_event(wish));
    }

    /// The next chunk, one frame with its metadata; waits for each part of it at most so long.
    #[must_use]
    pub fn next(&mut self, wait: Duration) -> Option<Chunk> {
        let wait = gst::ClockTime::from_nseconds(wait.as_nanos().try_into().unwrap_or(u64::MAX / 2));
        loop {
            let Some(sample) = self.chunks.try_pull_sample(wait) else { return self.rest() };
            // All packets of a frame, or of its metadata, come together, as a list; one by one they would have no end.
            let begins = self.unfinished.len();
            let (one, many) = (sample.buffer(), sample.buffer_list());
            for buffer in one.into_iter().chain(many.into_iter().flat_map(|list| list.iter())) {
                self.unfinished.extend_from_slice(buffer.map_readable().ok()?.as_slice());
            }
            // The tables come with whichever stream is first; metadata therefore stays in front of the next frame.
            if let Some(key) = frame_begins(&self.unfinished[begins..]) {
                let first = one.or_else(|| many.and_then(|list| list.get(0)));
                let since_ns = first.and_then(|first| first.pts().or(first.dts())).map_or(0, gst::ClockTime::nseconds);
                let stream_ns = self.begins_ns.unwrap_or(0).saturating_add(since_ns);
                return Some(Chunk { packets: std::mem::take(&mut self.unfinished).into(), key, stream_ns });
            }
        }
    }

    /// At the end of the stream: metadata after the last frame.
    fn rest(&mut self) -> Option<Chunk> {
        let packets = std::mem::take(&mut self.unfinished);
        if packets.is_empty() || !self.chunks.is_eos() {
            self.unfinished = packets;
            return None;
        }
        Some(Chunk { packets: packets.into(), key: false, stream_ns: self.last_ns })
    }

    /// No more frames come: [`Self::next`] gives what is left, then nothing.
    pub fn finish(&self) {
        // A source that has ended already has nothing to be told.
        let _ = (self.frames.end_of_stream(), self.metadata.as_ref().map(AppSrc::end_of_stream));
    }

    fn broken(&self) -> MediaError {
        let message = self.pipeline.bus().and_then(|bus| bus.pop_filtered(&[gst::MessageType::Error]));
        let why = match message.as_ref().map(|message| message.view()) {
            Some(gst::MessageView::Error(error)) => error.error().to_string(),
            _ => "it takes no more frames".to_owned(),
        };
        MediaError::Broken { what: format!("the encoder {}", self.encoder), why }
    }
}

impl Drop for Transport {
    fn drop(&mut self) {
        // Nobody is left to whom a failure to stop would matter.
        let _ = self.pipeline.set_state(gst::State::Null);
    }
}

/// Whether a frame begins in these packets, and if so, whether it stands by itself: the payload begins a packet of a video
/// stream (ISO/IEC 13818-1, 2.4.3.7), and the adaptation field has the random access indicator (2.4.3.5).
pub(super) fn frame_begins(packets: &[u8]) -> Option<bool> {
    packets.chunks_exact(188).find_map(|packet| {
        let (begins, adapted) = (packet[1] & 0x40 != 0, packet[3] & 0x20 != 0);
        let payload = if adapted { 5 + usize::from(packet[4]) } else { 4 };
        let start = packet.get(payload..payload + 4)?;
        let is_video = begins && start[..3] == [0, 0, 1] && start[3] & 0xf0 == 0xe0;
        is_video.then_some(adapted && packet[4] > 0 && packet[5] & 0x40 != 0)
    })
}

/// Bit rate and distance of key frames, as each encoder calls them.
fn tune(element: &gst::Element, encoder: &str, kilobits_per_s: u32, key_every: u32) {
    let kilobits = |name: &str, value: u32| {
        if element.has_property(name) {
            element.set_property_from_str(name, &value.to_string());
        }
    };
    let bits = if encoder == "openh264enc" { kilobits_per_s.saturating_mul(1000) } else { kilobits_per_s };
    kilobits("bitrate", bits);
    for name in ["key-int-max", "gop-size", "keyframe-period"] {
        kilobits(name, key_every.max(1));
    }
}

fn push(source: &AppSrc, bytes: Vec<u8>, time: gst::ClockTime) -> Result<(), gst::FlowError> {
    let mut buffer = gst::Buffer::from_mut_slice(bytes);
    let fresh = buffer.get_mut().expect("nobody else has it yet");
    fresh.set_pts(time);
    fresh.set_dts(time);
    source.push_buffer(buffer).map(|_| ())
}
