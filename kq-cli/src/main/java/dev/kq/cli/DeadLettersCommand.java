package dev.kq.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code kq dead-letters}: only a name for its subcommands. */
@Command(
        name = "dead-letters",
        synopsisSubcommandLabel = "COMMAND",
        description = "Look into a dead-letter topic and push its messages again.")
final class DeadLettersCommand {
    @Mixin
    final HelpOption help = new HelpOption();
}
