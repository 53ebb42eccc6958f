//! A network camera of this machine: pictures in, H.264 over RTSP out, as a mast's camera sends them.
//!
//! Pictures are encoded while somebody is connected, two wait at most, and a newer one pushes out the oldest. Sender
//! reports (RTCP) carry the time, as a camera's do.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::Instant;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use gstreamer_rtsp_server::prelude::*;
use gstreamer_rtsp_server::{RTSPMediaFactory, RTSPServer};
use thiserror::Error;
use vision::frame::GrayFrame;

/// The stream's name in its address.
const PATH: &str = "/mast";
/// Enough for a small picture that a target of six pixels comes through.
const KILOBITS_PER_S: u32 = 1500;
/// What the pipeline is made of, beside what every GStreamer has.
const ELEMENTS: [&str; 4] = ["x264enc", "h264parse", "rtph264pay", "videoconvert"];

/// A camera that cannot be set up.
#[derive(Debug, Error)]
pub(super) enum NetworkCameraError {
    /// GStreamer itself.
    #[error("GStreamer does not start")]
    Start(#[from] glib::Error),
    /// An element that no installed package has.
    #[error("GStreamer has no {0}: install gstreamer1.0-plugins-base, -good, -bad and -ugly")]
    Missing(&'static str),
    /// The server.
    #[error("the RTSP server does not start: {0}")]
    Server(String),
}

/// A camera that sends what it is shown.
#[derive(Debug)]
pub(super) struct NetworkCamera {
    viewers: Arc<Mutex<Vec<glib::WeakRef<AppSrc>>>>,
    port: u16,
    main_loop: glib::MainLoop,
    thread: Option<JoinHandle<()>>,
}

impl NetworkCamera {
    /// Listens on a free port of this machine.
    ///
    /// # Errors
    /// [`NetworkCameraError`] where GStreamer lacks something or no port is to be had.
    pub(super) fn open([width, height]: [usize; 2], frames_per_second: u32) -> Result<Self, NetworkCameraError> {
        gst::init()?;
        if let Some(missing) = ELEMENTS.iter().find(|element| gst::ElementFactory::find(element).is_none()) {
            return Err(NetworkCameraError::Missing(missing));
        }
        let refuse = |why: &str| NetworkCameraError::Server(why.to_owned());
        let server = RTSPServer::new();
        server.set_address(&Ipv4Addr::LOCALHOST.to_string());
        server.set_service("0");
        let factory = RTSPMediaFactory::new();
        factory.set_shared(true);
        factory.set_launch(&format!(
            "( appsrc name=frames is-live=true format=time max-buffers=2 leaky-type=downstream \
             caps=video/x-raw,format=GRAY8,width={width},height={height},framerate={frames_per_second}/1 \
             ! videoconvert n-threads=1 ! video/x-raw,format=I420 \
             ! x264enc tune=zerolatency speed-preset=veryfast threads=1 bitrate={KILOBITS_PER_S} \
             key-int-max={frames_per_second} ! h264parse ! rtph264pay name=pay0 pt=96 config-interval=-1 )"
        ));
        let viewers = Arc::<Mutex<Vec<glib::WeakRef<AppSrc>>>>::default();
        let watching = Arc::clone(&viewers);
        factory.connect_media_configure(move |_, media| {
            let frames = media.element().downcast::<gst::Bin>().ok().and_then(|bin| bin.by_name("frames"));
            if let Some(frames) = frames.and_then(|frames| frames.downcast::<AppSrc>().ok()) {
                watching.lock().unwrap_or_else(PoisonError::into_inner).push(frames.downgrade());
            }
        });
        server.mount_points().ok_or_else(|| refuse("it has no mount points"))?.add_factory(PATH, factory);
        let context = glib::MainContext::new();
        server.attach(Some(&context)).map_err(|error| refuse(&error.to_string()))?;
        let port = u16::try_from(server.bound_port()).map_err(|_| refuse("it has no port"))?;
        let main_loop = glib::MainLoop::new(Some(&context), false);
        let running = main_loop.clone();
        let thread = std::thread::spawn(move || running.run());
        Ok(Self { viewers, port, main_loop, thread: Some(thread) })
    }

    /// Its address.
    #[must_use]
    pub(super) fn url(&self) -> String {
        format!("rtsp://{}:{}{PATH}", Ipv4Addr::LOCALHOST, self.port)
    }

    /// Whether anybody is connected: a picture for nobody need not be drawn.
    #[must_use]
    pub(super) fn is_watched(&self) -> bool {
        let mut viewers = self.viewers.lock().unwrap_or_else(PoisonError::into_inner);
        viewers.retain(|viewer| viewer.upgrade().is_some());
        !viewers.is_empty()
    }

    /// Sends a picture that was taken then.
    pub(super) fn show(&self, frame: &GrayFrame, taken: Instant) {
        let mut viewers = self.viewers.lock().unwrap_or_else(PoisonError::into_inner);
        viewers.retain(|viewer| {
            let Some(frames) = viewer.upgrade() else { return false };
            // Before the pipeline runs it has no clock, and nobody sees anything.
            let Some(now) = frames.current_running_time() else { return true };
            let age = gst::ClockTime::from_nseconds(u64::try_from(taken.elapsed().as_nanos()).unwrap_or(u64::MAX));
            let mut buffer = gst::Buffer::from_mut_slice(pixels(frame));
            buffer.get_mut().expect("nobody else has it yet").set_pts(now.saturating_sub(age));
            // A viewer that has left is forgotten.
            frames.push_buffer(buffer).is_ok()
        });
    }
}

impl Drop for NetworkCamera {
    fn drop(&mut self) {
        self.main_loop.quit();
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported there.
            let _ = thread.join();
        }
    }
}

/// The rows without what may lie between them: GStreamer's begin at multiples of four, and so does a width of ours.
fn pixels(frame: &GrayFrame) -> Vec<u8> {
    (0..frame.height()).flat_map(|y| frame.row(y)).copied().collect()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime, UNIX_EPOCH};

    use vision::media::source::{Next, Origin, Pixels, Source, Taken};

    use super::*;

    /// How long a picture may take to come through, on a machine that has much else to do.
    const PATIENCE: Duration = Duration::from_secs(60);

    /// Shows the camera pictures until one comes out of what reads it.
    fn through(camera: &NetworkCamera, source: &mut Source, level: u8) -> Taken {
        let until = Instant::now() + PATIENCE;
        while Instant::now() < until {
            camera.show(&GrayFrame::new(64, 64, 64, vec![level; 64 * 64], 0).unwrap(), Instant::now());
            if let Next::Frame(taken) = source.next(Duration::from_millis(50)).unwrap() {
                let middle = taken.gray.row(32)[32];
                if middle.abs_diff(level) < 8 {
                    return *taken;
                }
            }
        }
        panic!("no picture of level {level} came through");
    }

    #[test]
    fn what_it_is_shown_comes_out_of_the_source_that_reads_network_cameras() {
        let camera = NetworkCamera::open([64, 64], 20).unwrap();
        assert!(!camera.is_watched());
        let begun = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
        let mut source = Source::open(Origin::Rtsp { url: camera.url() }, Pixels::Gray).unwrap();
        let dark = through(&camera, &mut source, 40);
        assert!(camera.is_watched());
        let bright = through(&camera, &mut source, 200);
        let ended = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_nanos() as i64;
        assert_eq!((dark.gray.width(), dark.gray.height()), (64, 64));
        let (first, second) = (dark.gray.captured_at_ns(), bright.gray.captured_at_ns());
        assert!(begun <= first && first < second && second <= ended, "{begun} {first} {second} {ended}");
    }
}
