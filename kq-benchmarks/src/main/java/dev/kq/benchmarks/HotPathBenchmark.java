package dev.kq.benchmarks;

import java.util.Collection;
import java.util.List;
import java.util.Set;
import org.openjdk.jmh.profile.GCProfiler;
import org.openjdk.jmh.results.Result;
import org.openjdk.jmh.results.RunResult;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;
import org.openjdk.jmh.runner.options.VerboseMode;

/** What a record costs on its way through the engine, piece by piece, measured with JMH. */
public final class HotPathBenchmark {
    private static final String HELP = """
            Nanoseconds and bytes for each record in the pieces of the engine, with JMH; two minutes.

              --markdown  the table as Markdown, for docs/performance.md
              --help      this text
            """;

    private HotPathBenchmark() {}

    /**
     * Measures and prints.
     *
     * @param args see {@code --help}
     */
    public static void main(String[] args) throws RunnerException {
        List<String> options = List.of(args);
        if (!Set.of("--markdown").containsAll(options)) {
            System.out.print(HELP);
            return;
        }
        Collection<RunResult> results = new Runner(new OptionsBuilder()
                        .include("dev\\.kq\\.HotPaths\\..*")
                        .addProfiler(GCProfiler.class)
                        .verbosity(VerboseMode.SILENT)
                        .build())
                .run();
        Table table = new Table("piece", "ns/record", "±", "B/record");
        for (RunResult result : results) {
            Result<?> bytes = result.getSecondaryResults().get("gc.alloc.rate.norm");
            table.row(
                    result.getPrimaryResult().getLabel(),
                    Table.decimals(result.getPrimaryResult().getScore()),
                    Table.decimals(result.getPrimaryResult().getScoreError()),
                    bytes == null ? "" : Table.decimals(bytes.getScore()));
        }
        System.out.println(table.text(options.contains("--markdown")));
    }
}
