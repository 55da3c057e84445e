use super::*;

#[test]
fn what_is_encoded_is_decoded() {
    let handle = Handle::new(MAX_SLOT, MAX_GENERATION);
    assert_eq!((handle.slot(), u32::from(handle.generation())), (MAX_SLOT, MAX_GENERATION));
    let events = [
        Event::Register(Register {
            site_weight_log2: 15,
            total_weight_log2: 7,
            quantity: Quantity::MaxHoldMs(30_000),
            dies_with_owner: true,
            ..Register::new(handle, 255, u32::MAX)
        }),
        Event::Register(Register {
            quantity: Quantity::DelayMs(u32::MAX),
            ..Register::new(handle, TIMEOUT, 1)
        }),
        Event::Register(Register { quantity: Quantity::Listeners(3), ..Register::new(handle, LISTENER, 0) }),
        Event::Register(Register::new(handle, MAP, 2)),
        Event::Release(handle),
        Event::Collect(Handle::new(1, 0)),
        Event::Resize(handle, 360_000),
        Event::Untracked { kind: 4 },
        Event::Window(MAX_WINDOW),
        Event::Disown(handle),
        Event::Fill { handle, site: 9, entries: 1_000 },
        Event::Leave(handle, 7),
        Event::Unrecorded { kind: LISTENER, count: u32::MAX },
    ];
    for event in events {
        assert_eq!(Event::decode(event.encode()), Some(event));
    }
}

#[test]
fn an_unknown_record_is_refused() {
    assert_eq!(Event::decode([0, 1, 2, 3]), None);
    assert_eq!(Event::decode([99, 1, 2, 3]), None);
}

#[test]
fn kinds_have_the_numbers_the_core_uses() {
    assert_eq!(KINDS[usize::from(LISTENER)], "listener");
    assert_eq!(KINDS[usize::from(TIMEOUT)], "timeout");
    assert_eq!(KINDS[usize::from(MAP)], "map");
    assert_eq!(KINDS[usize::from(SET)], "set");
    assert_eq!(KINDS[usize::from(ARRAY)], "array");
    assert_eq!(KINDS[usize::from(HANDLE)], "handle");
    assert_eq!(KINDS[usize::from(HEAP)], "heap");
    assert_eq!(KINDS[usize::from(BUFFER)], "buffer");
    assert_eq!(KINDS[usize::from(POOL)], "pool");
}
