//! The core of the os port.

use criterion::{Criterion, criterion_group, criterion_main};
use os_core::{HostnameBuffer, cpus, free_memory, hostname, interfaces, load_average, total_memory, uptime};

fn facts(criterion: &mut Criterion) {
    let mut name = HostnameBuffer::default();
    assert!(!hostname(&mut name).expect("a name").is_empty());
    criterion.bench_function("hostname", |bencher| {
        bencher.iter(|| hostname(&mut HostnameBuffer::default()).map(<[u8]>::len));
    });
    assert!(uptime().expect("a time") > 0.0);
    criterion.bench_function("uptime", |bencher| bencher.iter(uptime));
    assert!(load_average().is_some());
    criterion.bench_function("load average", |bencher| bencher.iter(load_average));
    assert!(free_memory() <= total_memory());
    criterion.bench_function("free memory", |bencher| bencher.iter(free_memory));
}

fn lists(criterion: &mut Criterion) {
    assert!(!cpus().expect("readable").is_empty());
    criterion.bench_function("cpus", |bencher| bencher.iter(cpus));
    assert!(interfaces().is_ok());
    criterion.bench_function("network interfaces", |bencher| bencher.iter(interfaces));
}

criterion_group!(benches, facts, lists);
criterion_main!(benches);
