//! Prints the manifest: what every statement is proven by, and totals.
#![allow(clippy::print_stdout)] // That is its job.

use std::path::Path;
use std::process::ExitCode;

use tidings_conformance::manifest::{Class, Proof, VERSIONS, faults, statements, tagged, traps};

fn main() -> ExitCode {
    let brief = std::env::args().any(|argument| argument == "--totals");
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for version in VERSIONS {
        let statements = match statements(version) {
            Ok(statements) => statements,
            Err(fault) => {
                println!("{fault}");
                return ExitCode::FAILURE;
            }
        };
        let tags = tagged(&root, version);
        let of_five = tagged(&root, VERSIONS[1]);
        println!("MQTT {}", version.name());
        let mut totals = [0; 4];
        let mut bare = Vec::new();
        for statement in &statements {
            let class = statement.class();
            totals[class as usize] += 1;
            let same = statement.same.as_ref();
            let carried =
                tags.contains(&statement.id) || same.is_some_and(|same| of_five.contains(same));
            if !carried && class != Class::Excused {
                bare.push(statement.id.as_str());
            }
            if brief {
                continue;
            }
            println!("  MQTT-{:<10} {}", statement.id, statement.rule);
            for proof in &statement.proofs {
                match proof {
                    Proof::Case(name) => println!("{:17} case {name}", ""),
                    Proof::Malformed => println!("{:17} malformed packets", ""),
                    Proof::Test(file, name) => println!("{:17} test {file} {name}", ""),
                    Proof::None(reason) => println!("{:17} none: {reason}", ""),
                }
            }
        }
        println!(
            "  {} statements: {} proven by cases, {} by other tests, {} excused, {} open",
            statements.len(),
            totals[Class::Case as usize],
            totals[Class::Test as usize],
            totals[Class::Excused as usize],
            totals[Class::Open as usize],
        );
        println!(
            "  {} proven, but no line of code carries the number: {}\n",
            bare.len(),
            bare.join(" ")
        );
    }
    println!("Traps that others fell into: {}", traps().count());
    if !brief {
        for (trap, case) in traps() {
            println!("  {trap:<56} case {case}");
        }
    }
    let faults = faults(&root);
    for fault in &faults {
        println!("{fault}");
    }
    match faults.is_empty() {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    }
}
