//! What the camera says of its one video stream. There is nothing to be seen of it, because pictures are not simulated
//! here, so it names no place to fetch it from: a client that is given an address waits there for ever.

use mavlink::dialects::ardupilotmega::{
    VIDEO_STREAM_INFORMATION_DATA, VIDEO_STREAM_STATUS_DATA, VideoStreamEncoding, VideoStreamStatusFlags,
    VideoStreamType,
};

/// What it is.
pub(super) fn information() -> VIDEO_STREAM_INFORMATION_DATA {
    VIDEO_STREAM_INFORMATION_DATA {
        framerate: 25.0,
        bitrate: 4_000_000,
        flags: VideoStreamStatusFlags::VIDEO_STREAM_STATUS_FLAGS_RUNNING,
        resolution_h: 1920,
        resolution_v: 1080,
        rotation: 0,
        hfov: 60,
        stream_id: 1,
        count: 1,
        mavtype: VideoStreamType::VIDEO_STREAM_TYPE_RTSP,
        name: "day".into(),
        uri: "".into(),
        encoding: VideoStreamEncoding::VIDEO_STREAM_ENCODING_H264,
        camera_device_id: 0,
    }
}

/// How it stands: as it is.
pub(super) fn status() -> VIDEO_STREAM_STATUS_DATA {
    let stream = information();
    VIDEO_STREAM_STATUS_DATA {
        framerate: stream.framerate,
        bitrate: stream.bitrate,
        flags: stream.flags,
        resolution_h: stream.resolution_h,
        resolution_v: stream.resolution_v,
        rotation: stream.rotation,
        hfov: stream.hfov,
        stream_id: stream.stream_id,
        camera_device_id: stream.camera_device_id,
    }
}
