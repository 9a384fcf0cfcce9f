package dev.kq.cli;

import dev.kq.errors.KqException;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import org.apache.kafka.common.KafkaException;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Help;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * The command {@code kq}: puts its subcommands together and turns what they throw into one line and an exit code. Run
 * by the main thread.
 */
@Command(
        name = "kq",
        synopsisSubcommandLabel = "COMMAND",
        description = "Look at a Kafka cluster as kq sees it, and do something about it.",
        exitCodeListHeading = "%nExit codes:%n",
        exitCodeList = {
            "0:done",
            "1:it failed",
            "2:the command line or the configuration is wrong",
            "3:no broker answers",
            "4:some messages were pushed or replayed, others were not",
            "130, 143:ended by Ctrl-C or SIGTERM"
        },
        footerHeading = "%nWhere the brokers are: --brokers, or --config, or the environment variable KQ_BROKERS.%n")
public final class Kq {
    @Mixin
    final HelpOption help = new HelpOption();

    Kq() {}

    /**
     * Runs one command and exits with its code.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) {
        Stop stop = new Stop();
        stop.catchSignals();
        int exitCode = Failure.FAILED;
        try {
            exitCode = run(Shell.ofProcess(stop), args);
        } finally {
            stop.finished();
        }
        System.exit(exitCode);
    }

    static int run(Shell shell, String... args) {
        int exitCode = commands(shell).execute(args);
        shell.out().flush();
        shell.err().flush();
        return exitCode;
    }

    static CommandLine commands(Shell shell) {
        CommandLine deadLetters = new CommandLine(new DeadLettersCommand())
                .addSubcommand(new DeadLettersList(shell))
                .addSubcommand(new DeadLettersShow(shell))
                .addSubcommand(new DeadLettersReplay(shell));
        CommandLine line = new CommandLine(new Kq())
                .addSubcommand(new TopicsCommand(shell))
                .addSubcommand(new GroupsCommand(shell))
                .addSubcommand(new LagCommand(shell))
                .addSubcommand(new PushCommand(shell))
                .addSubcommand(new ConsumeCommand(shell))
                .addSubcommand(deadLetters);
        line.registerConverter(Duration.class, Times::duration);
        line.registerConverter(Instant.class, text -> Times.instant(text, Instant.now()));
        line.registerConverter(StartAt.class, text -> StartAt.parse(text, Instant.now()));
        line.registerConverter(MessagePosition.class, MessagePosition::parse);
        line.setOut(new PrintWriter(shell.out(), true, StandardCharsets.UTF_8));
        line.setErr(new PrintWriter(shell.err(), true, StandardCharsets.UTF_8));
        line.setColorScheme(Help.defaultColorScheme(shell.outIsTerminal() ? Help.Ansi.ON : Help.Ansi.OFF));
        line.setUsageHelpAutoWidth(false);
        line.setParameterExceptionHandler((e, words) -> wrongUsage(shell, e));
        line.setExecutionExceptionHandler((e, command, parsed) -> failed(shell, e, command));
        return line;
    }

    private static int wrongUsage(Shell shell, ParameterException e) {
        CommandLine command = e.getCommandLine();
        shell.say(String.valueOf(e.getMessage()));
        if (!UnmatchedArgumentException.printSuggestions(e, command.getErr())) {
            shell.err().println(command.getCommandSpec().qualifiedName() + " --help shows what is allowed.");
        }
        return Failure.WRONG_USAGE;
    }

    private static int failed(Shell shell, Exception e, CommandLine command) {
        shell.out().flush();
        OptionSpec verbose = command.getCommandSpec().findOption("--verbose");
        if (verbose != null && Boolean.TRUE.equals(verbose.getValue())) {
            e.printStackTrace(shell.err());
        }
        if (e instanceof Failure failure) {
            shell.say(String.valueOf(failure.getMessage()));
            return failure.exitCode();
        }
        if (e instanceof KqException || e instanceof KafkaException) {
            shell.say(Failure.reason(e));
            return Failure.FAILED;
        }
        if (e instanceof IOException || e instanceof UncheckedIOException) {
            shell.say(e.toString());
            return Failure.FAILED;
        }
        shell.say("this is a bug in kq: " + e + " (--verbose shows where)");
        return Failure.FAILED;
    }
}
