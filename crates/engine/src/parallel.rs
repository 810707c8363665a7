//! Independent work on the items of a list: on all cores with the feature `parallel`, else on
//! the calling thread. Order and results are the same.
//!
//! The program turns the feature on, because a short run spends most of its time on compiling
//! rules. An embedder that wants no thread pool leaves it off.

/// Calls `f` on each item, and returns the results in the order of the items.
#[cfg(feature = "parallel")]
pub fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    use rayon::prelude::*;
    items.into_par_iter().map(f).collect()
}

/// Calls `f` on each item, and returns the results in the order of the items.
#[cfg(not(feature = "parallel"))]
pub fn map<T: Send, R: Send>(items: Vec<T>, f: impl Fn(T) -> R + Sync + Send) -> Vec<R> {
    items.into_iter().map(f).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn results_keep_the_order_of_the_items() {
        let items: Vec<u32> = (0..1000).collect();
        assert_eq!(map(items, |item| item * 2), (0..1000).map(|item| item * 2).collect::<Vec<_>>());
    }
}
