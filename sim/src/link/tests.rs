use proptest::prelude::*;

use super::*;

fn at(ms: i64) -> Timestamp {
    Timestamp::from_unix_nanos(ms * 1_000_000)
}

fn received<T: Clone>(link: &mut Link<T>, now: Timestamp) -> Vec<T> {
    std::iter::from_fn(|| link.receive(now)).collect()
}

#[test]
fn a_message_arrives_after_the_delay_and_not_before() {
    let model = LinkModel { delay: Duration::from_millis(40), ..LinkModel::default() };
    let mut link = Link::new(model, 1, "link");
    link.send(at(0), "a", 1);
    assert_eq!(link.next_at(), Some(at(40)));
    assert_eq!(link.receive(at(39)), None);
    assert_eq!(link.receive(at(40)), Some("a"));
    assert_eq!(link.next_at(), None);
}

#[test]
fn jitter_keeps_the_order_unless_overtaking_is_asked_for() {
    for (order, sorted) in [(DeliveryOrder::AsSent, true), (DeliveryOrder::AsDelayed, false)] {
        let model = LinkModel { jitter: Duration::from_millis(50), order, ..LinkModel::default() };
        let mut link = Link::new(model, 1, "link");
        (0..200).for_each(|n| link.send(at(n), n, 1));
        let got = received(&mut link, at(1000));
        assert_eq!(got.len(), 200);
        assert_eq!(got.is_sorted(), sorted, "{order:?}");
    }
}

#[test]
fn bandwidth_spaces_messages_by_their_size() {
    let model = LinkModel { bandwidth_bytes_s: Some(1000), ..LinkModel::default() };
    let mut link = Link::new(model, 1, "link");
    (0..3).for_each(|n| link.send(at(0), n, 100));
    assert_eq!(received(&mut link, at(250)), [0, 1]);
    assert_eq!(received(&mut link, at(300)), [2]);
}

#[test]
fn a_full_link_drops_the_newest_and_counts_it() {
    let model = LinkModel { delay: Duration::from_secs(1), capacity: 2, ..LinkModel::default() };
    let mut link = Link::new(model, 1, "link");
    (0..5).for_each(|n| link.send(at(0), n, 1));
    assert_eq!(received(&mut link, at(1000)), [0, 1]);
    assert_eq!(link.counts().overflowed, 3);
}

#[test]
fn a_partition_takes_what_is_in_flight_and_what_is_sent() {
    let model = LinkModel { delay: Duration::from_millis(100), ..LinkModel::default() };
    let mut link = Link::new(model, 1, "link");
    link.send(at(0), 0, 1);
    link.set_connection(Connection::Down);
    link.send(at(10), 1, 1);
    link.set_connection(Connection::Up);
    link.send(at(20), 2, 1);
    assert_eq!(received(&mut link, at(1000)), [2]);
    assert_eq!(link.counts().cut, 2);
}

#[test]
fn loss_and_bursts_have_their_stated_rates() {
    let share_lost = |model: LinkModel| {
        let mut link = Link::new(model, 11, "link");
        for n in 0..50_000_i64 {
            link.send(at(n * 20), (), 1);
            received(&mut link, at(n * 20));
        }
        link.counts().lost as f64 / 50_000.0
    };
    let steady = share_lost(LinkModel { loss: 0.1, ..LinkModel::default() });
    assert!((steady - 0.1).abs() < 0.01, "{steady}");
    // A tenth of the time in bursts that lose half: 5 %.
    let bursts = Some(LossBursts { mean_gap_s: 9.0, mean_length_s: 1.0, loss: 0.5 });
    let burst = share_lost(LinkModel { bursts, ..LinkModel::default() });
    assert!((burst - 0.05).abs() < 0.02, "{burst}");
}

#[derive(Debug, Clone)]
enum Event {
    Wait(u16),
    Send(u16),
    Receive,
    Cut,
    Heal,
}

fn event() -> impl Strategy<Value = Event> {
    prop_oneof![
        (0..500_u16).prop_map(Event::Wait),
        (0..2000_u16).prop_map(Event::Send),
        (0..2000_u16).prop_map(Event::Send),
        Just(Event::Receive),
        Just(Event::Cut),
        Just(Event::Heal),
    ]
}

prop_compose! {
    fn model()(delay in 0..300_u64, jitter in 0..300_u64, loss in 0.0..1.0, duplication in 0.0..1.0,
               ordered: bool, bursts: bool, bandwidth in proptest::option::of(1..5000_u32), capacity in 0..20_usize)
               -> LinkModel {
        LinkModel {
            delay: Duration::from_millis(delay),
            jitter: Duration::from_millis(jitter),
            loss,
            bursts: bursts.then_some(LossBursts { mean_gap_s: 0.0, mean_length_s: 0.3, loss: 0.9 }),
            duplication,
            order: if ordered { DeliveryOrder::AsSent } else { DeliveryOrder::AsDelayed },
            bandwidth_bytes_s: bandwidth,
            capacity,
        }
    }
}

proptest! {
    #[test]
    fn every_message_has_exactly_one_fate(model in model(), events in prop::collection::vec(event(), 0..150)) {
        let mut link = Link::new(model.clone(), 3, "link");
        let mut again = Link::new(model.clone(), 3, "link");
        let (mut now, mut number, mut got) = (0, 0_u32, Vec::new());
        for event in events {
            match event {
                Event::Wait(ms) => now += i64::from(ms),
                Event::Send(size) => {
                    link.send(at(now), number, size.into());
                    again.send(at(now), number, size.into());
                    number += 1;
                }
                Event::Receive => {
                    let news = received(&mut link, at(now));
                    prop_assert_eq!(&news, &received(&mut again, at(now)), "same seed, same deliveries");
                    prop_assert!(link.next_at().is_none_or(|next| next > at(now)));
                    got.extend(news);
                }
                Event::Cut => [&mut link, &mut again].into_iter().for_each(|l| l.set_connection(Connection::Down)),
                Event::Heal => [&mut link, &mut again].into_iter().for_each(|l| l.set_connection(Connection::Up)),
            }
            let c = link.counts();
            let ended = c.delivered + c.lost + c.cut + c.overflowed;
            prop_assert_eq!(c.sent + c.duplicated, ended + link.in_flight() as u64);
            prop_assert!(link.in_flight() <= model.capacity);
        }
        prop_assert_eq!(link.counts().delivered, got.len() as u64);
        if model.order == DeliveryOrder::AsSent {
            prop_assert!(got.is_sorted(), "in order: {:?}", got);
        }
    }
}
