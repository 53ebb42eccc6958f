//! Pictures one after another in a YUV4MPEG2 file, as ffmpeg and GStreamer read it without a decoder.
//!
//! A line of parameters, then for each frame a line `FRAME`, the luma, and the chroma at half the size each way: planes of
//! 128, since not every reader takes the monochrome form. A frame carries no time; the truth beside the file does.
//!
//! Source: `yuv4mpeg(5)` of MJPEG tools.

use std::io::{self, Write};

use vision::frame::GrayFrame;

/// Writes frames of one size at a steady rate.
#[derive(Debug)]
pub struct Writer<W> {
    into: W,
    size: [usize; 2],
    chroma: Vec<u8>,
}

impl<W: Write> Writer<W> {
    /// Begins a file of `width` by `height` pixels at so many frames a second, as a fraction.
    ///
    /// # Errors
    /// Where the line cannot be written.
    pub fn new(mut into: W, [width, height]: [usize; 2], [frames, seconds]: [u32; 2]) -> io::Result<Self> {
        writeln!(into, "YUV4MPEG2 W{width} H{height} F{frames}:{seconds} Ip A1:1 C420jpeg XCOLORRANGE=FULL")?;
        Ok(Self { into, size: [width, height], chroma: vec![128; 2 * width.div_ceil(2) * height.div_ceil(2)] })
    }

    /// Adds a frame.
    ///
    /// # Errors
    /// Where it cannot be written, or has another size than the file.
    pub fn write(&mut self, frame: &GrayFrame) -> io::Result<()> {
        let found = [frame.width(), frame.height()];
        if found != self.size {
            let message = format!("a frame of {found:?} pixels in a file of {:?}", self.size);
            return Err(io::Error::new(io::ErrorKind::InvalidInput, message));
        }
        self.into.write_all(b"FRAME\n")?;
        for row in 0..frame.height() {
            self.into.write_all(frame.row(row))?;
        }
        self.into.write_all(&self.chroma)
    }

    /// Ends the file.
    ///
    /// # Errors
    /// Where what is left cannot be written.
    pub fn finish(mut self) -> io::Result<W> {
        self.into.flush()?;
        Ok(self.into)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_its_header_and_its_planes() {
        let mut writer = Writer::new(Vec::new(), [3, 2], [25, 1]).unwrap();
        writer.write(&GrayFrame::new(3, 2, 4, vec![1, 2, 3, 0, 4, 5, 6, 0], 0).unwrap()).unwrap();
        let file = writer.finish().unwrap();
        let (header, rest) = file.split_at(file.iter().position(|byte| *byte == b'\n').unwrap() + 1);
        assert_eq!(header, b"YUV4MPEG2 W3 H2 F25:1 Ip A1:1 C420jpeg XCOLORRANGE=FULL\n");
        assert_eq!(rest, b"FRAME\n\x01\x02\x03\x04\x05\x06\x80\x80\x80\x80");
    }

    #[test]
    fn a_frame_of_another_size_is_refused() {
        let mut writer = Writer::new(Vec::new(), [4, 2], [25, 1]).unwrap();
        let error = writer.write(&GrayFrame::new(3, 2, 3, vec![0; 6], 0).unwrap()).unwrap_err();
        assert!(error.to_string().contains("[3, 2]"), "{error}");
    }
}
