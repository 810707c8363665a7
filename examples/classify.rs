//! Classifies one post and prints the action, the scores and the evidence.
//!
//! ```sh
//! cargo run --example classify -- "注册就送88彩金，加微信 lucky_88x"
//! ```

#![allow(clippy::print_stdout, clippy::print_stderr, reason = "programs, not the library")]

use std::error::Error;
use tidegate_engine::Answer;

fn main() -> Result<(), Box<dyn Error>> {
    let text = std::env::args().nth(1).ok_or("usage: classify TEXT")?;
    // Build the engine once. A server shares it between its threads.
    let engine = tidegate_packs::builder().build()?;
    let mut worker = engine.worker();
    let line = serde_json::json!({ "id": 1, "text": text }).to_string();
    let Answer::Post(post, verdict) = worker.answer(line.as_bytes()) else {
        return Err("the line is not a post".into());
    };
    println!("{}", verdict.action);
    for (category, score) in verdict.categories {
        println!("  {} {score}", category.name());
    }
    let rules = engine.classifier().rules();
    for fired in verdict.fired {
        println!("{}", rules.rule(fired.rule).id);
        for hit in &verdict.evidence[fired.evidence.start as usize..fired.evidence.end as usize] {
            let text = post.text(hit.field).unwrap_or_default();
            // Never print text that a rule redacts.
            let shown = if hit.redacted { "***" } else { &text[hit.span.range()] };
            println!("  {}: {shown}", rules.matcher_name(hit.matcher));
        }
    }
    Ok(())
}
