//! A camera's evidence: told, asked for in pieces, and confirmed.

use std::time::Duration;

use telemetry::Program;
use telemetry::messages::{EvidenceAnswer, EvidenceReply, EvidenceRequest, EvidenceWish, FileHash, VideoBytes};

use super::{PATIENCE, connected, station};

pub(crate) fn request() -> EvidenceRequest {
    let wish = EvidenceWish::Piece { file: FileHash::new([7; 32]), offset: 3 };
    EvidenceRequest { sensor: "mast-1".parse().unwrap(), alert: "kiel.17".parse().unwrap(), wish }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_camera_answers_with_the_piece_that_was_asked_for() {
    let (station, endpoint) = station("tcp/127.0.0.1:0").await;
    let camera = connected(Program::Sensor, &endpoint).await;
    let mut server = camera.serve_evidence(&request().sensor).await.unwrap();
    let answering = tokio::spawn(async move {
        let file = (0..=255).cycle().take(300_000).collect::<Vec<u8>>();
        while let Some((EvidenceRequest { sensor, alert, wish }, replier)) = server.recv().await {
            let answer = match wish {
                EvidenceWish::Piece { offset, .. } => {
                    EvidenceAnswer::Bytes(VideoBytes(file[offset as usize..].to_vec()))
                }
                EvidenceWish::Kept => EvidenceAnswer::Noted,
            };
            replier.reply(&EvidenceReply { sensor, alert, wish, answer }).await.unwrap();
        }
    });
    let asked = async {
        loop {
            if let Ok(reply) = station.request_evidence(&request(), Duration::from_secs(1)).await {
                return reply;
            }
            tokio::task::yield_now().await;
        }
    };
    let reply = tokio::time::timeout(PATIENCE, asked).await.expect("an answer comes");
    let EvidenceAnswer::Bytes(VideoBytes(bytes)) = reply.answer else { panic!("{:?}", reply.wish) };
    assert_eq!((bytes.len(), bytes[0]), (299_997, 3));
    let kept = EvidenceRequest { wish: EvidenceWish::Kept, ..request() };
    assert_eq!(station.request_evidence(&kept, PATIENCE).await.unwrap().answer, EvidenceAnswer::Noted);
    camera.close().await;
    tokio::time::timeout(PATIENCE, answering).await.expect("the server ends with its bus").unwrap();
}
