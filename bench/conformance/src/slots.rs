//! Files that run at once.

use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use crate::ConformanceError;
use crate::files::TestFile;

/// Runs `job` for each file, `slots` of them at once, each with the number of its slot from 0. The first error stops
/// all slots; what was done until then is returned with it.
pub(crate) fn run_all<T: Send>(
    files: &[&TestFile],
    slots: usize,
    job: impl Fn(&TestFile, usize) -> Result<T, ConformanceError> + Sync,
    done: impl Fn(usize) + Sync,
) -> (BTreeMap<String, T>, Result<(), ConformanceError>) {
    let next = AtomicUsize::new(0);
    let finished = AtomicUsize::new(0);
    let results = Mutex::new((BTreeMap::new(), Ok(())));
    std::thread::scope(|scope| {
        for slot in 0..slots.clamp(1, files.len().max(1)) {
            let (next, finished, results, job, done) = (&next, &finished, &results, &job, &done);
            scope.spawn(move || {
                while let Some(file) = files.get(next.fetch_add(1, Ordering::Relaxed)) {
                    let outcome = job(file, slot);
                    let mut results = results.lock().expect("slots do not panic");
                    match outcome {
                        Ok(outcome) => {
                            results.0.insert(file.test.clone(), outcome);
                            drop(results);
                            done(finished.fetch_add(1, Ordering::Relaxed) + 1);
                        }
                        Err(error) => {
                            next.store(files.len(), Ordering::Relaxed);
                            // The first error tells more than what followed from it.
                            if results.1.is_ok() {
                                results.1 = Err(error);
                            }
                        }
                    }
                }
            });
        }
    });
    results.into_inner().expect("slots do not panic")
}
