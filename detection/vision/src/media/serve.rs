//! A transport stream for others: an RTSP server, and UDP.
//!
//! The server listens on this machine only, unless told otherwise, and then asks for a name and a password. Viewers that
//! cannot keep up lose the oldest packets of theirs; nobody else notices.

use std::net::{SocketAddr, UdpSocket};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use gstreamer as gst;
use gstreamer::glib;
use gstreamer::prelude::*;
use gstreamer_app::AppSrc;
use gstreamer_rtsp_server::prelude::*;
use gstreamer_rtsp_server::{
    RTSP_PERM_MEDIA_FACTORY_ACCESS, RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, RTSP_TOKEN_MEDIA_FACTORY_ROLE, RTSPAuth,
    RTSPMediaFactory, RTSPServer, RTSPToken,
};

use super::transport::Chunk;
use super::{MediaError, start};

/// The stream's name in its address.
pub const PATH: &str = "/live";
/// Chunks that one viewer may be behind: about two seconds.
const BEHIND_MAX: u32 = 400;
/// What whoever knows the password may do.
const ROLE: &str = "viewer";

/// Who may watch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Viewer {
    /// A name.
    pub name: String,
    /// A password.
    pub password: String,
}

/// A server of one stream.
#[derive(Debug)]
pub struct Server {
    viewers: Arc<Mutex<Vec<glib::WeakRef<AppSrc>>>>,
    port: u16,
    main_loop: glib::MainLoop,
    thread: Option<JoinHandle<()>>,
}

impl Server {
    /// Listens. Port 0 takes any that is free.
    ///
    /// # Errors
    /// Where the address is not to be had, or is open to other machines without a password.
    pub fn open(listen: SocketAddr, viewer: Option<&Viewer>) -> Result<Self, MediaError> {
        start()?;
        let broken = |why: String| MediaError::Broken { what: format!("the RTSP server at {listen}"), why };
        if viewer.is_none() && !listen.ip().is_loopback() {
            return Err(broken("other machines may reach it, so it needs a password".into()));
        }
        let server = RTSPServer::new();
        server.set_address(&listen.ip().to_string());
        server.set_service(&listen.port().to_string());
        let factory = RTSPMediaFactory::new();
        factory.set_launch(&format!(
            "( appsrc name=stream is-live=true do-timestamp=true format=time max-buffers={BEHIND_MAX} \
             leaky-type=downstream caps=video/mpegts,systemstream=true,packetsize=188 ! rtpmp2tpay name=pay0 pt=33 )"
        ));
        factory.set_shared(true);
        if let Some(viewer) = viewer {
            server.set_auth(Some(&auth(viewer)));
            let permissions = gst::Structure::builder(ROLE)
                .field(RTSP_PERM_MEDIA_FACTORY_ACCESS, true)
                .field(RTSP_PERM_MEDIA_FACTORY_CONSTRUCT, true)
                .build();
            factory.add_role_from_structure(&permissions);
        }
        let viewers = Arc::<Mutex<Vec<glib::WeakRef<AppSrc>>>>::default();
        let watching = Arc::clone(&viewers);
        factory.connect_media_configure(move |_, media| {
            let stream = media.element().downcast::<gst::Bin>().ok().and_then(|bin| bin.by_name("stream"));
            if let Some(stream) = stream.and_then(|stream| stream.downcast::<AppSrc>().ok()) {
                watching.lock().unwrap_or_else(PoisonError::into_inner).push(stream.downgrade());
            }
        });
        let mounts = server.mount_points().ok_or_else(|| broken("it has no mount points".into()))?;
        mounts.add_factory(PATH, factory);
        let context = glib::MainContext::new();
        server.attach(Some(&context)).map_err(|error| broken(error.to_string()))?;
        let port = u16::try_from(server.bound_port()).map_err(|_| broken("it has no port".into()))?;
        let main_loop = glib::MainLoop::new(Some(&context), false);
        let running = main_loop.clone();
        let thread = std::thread::spawn(move || running.run());
        Ok(Self { viewers, port, main_loop, thread: Some(thread) })
    }

    /// Where it listens.
    #[must_use]
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Gives a chunk to whoever watches.
    pub fn send(&self, chunk: &Chunk) {
        let mut viewers = self.viewers.lock().unwrap_or_else(PoisonError::into_inner);
        viewers.retain(|viewer| {
            let Some(stream) = viewer.upgrade() else { return false };
            // A viewer that has left is forgotten; one that is slow loses packets in its own queue.
            stream.push_buffer(gst::Buffer::from_slice(Arc::clone(&chunk.packets))).is_ok()
        });
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.main_loop.quit();
        if let Some(thread) = self.thread.take() {
            // A panic over there has been reported there.
            let _ = thread.join();
        }
    }
}

fn auth(viewer: &Viewer) -> RTSPAuth {
    let auth = RTSPAuth::new();
    let token = RTSPToken::builder().field(RTSP_TOKEN_MEDIA_FACTORY_ROLE, ROLE).build();
    auth.add_basic(&RTSPAuth::make_basic(&viewer.name, &viewer.password), &token);
    auth
}

/// A stream sent by UDP to one address, or a group.
#[derive(Debug)]
pub struct Datagrams {
    socket: UdpSocket,
    to: SocketAddr,
    dropped: u64,
}

impl Datagrams {
    /// Opens a socket.
    ///
    /// # Errors
    /// Where there is none to be had.
    pub fn open(to: SocketAddr) -> std::io::Result<Self> {
        let any = if to.is_ipv4() { "0.0.0.0:0" } else { "[::]:0" };
        let socket = UdpSocket::bind(any)?;
        socket.set_nonblocking(true)?;
        Ok(Self { socket, to, dropped: 0 })
    }

    /// Sends a chunk, seven packets a datagram. What the network does not take at once is dropped and counted.
    pub fn send(&mut self, chunk: &Chunk) {
        for datagram in chunk.packets.chunks(7 * 188) {
            self.dropped += u64::from(self.socket.send_to(datagram, self.to).is_err());
        }
    }

    /// Datagrams dropped since the start.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}
