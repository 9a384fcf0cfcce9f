package dev.kq.cli;

import picocli.CommandLine.Option;

/** The option that every command has. Filled by picocli on the main thread. */
final class HelpOption {
    @Option(
            names = {"-h", "--help"},
            usageHelp = true,
            description = "Show this.")
    boolean help;
}
