package dev.kq.cli;

import java.io.PrintStream;
import java.util.ArrayList;
import java.util.List;

/** Collects rows and prints them in columns: numbers to the right, the rest to the left. Used by the main thread. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();
    private final boolean[] right;

    /** A table with these heads; those of number columns begin with {@code >}. */
    Table(String... heads) {
        right = new boolean[heads.length];
        String[] plain = new String[heads.length];
        for (int i = 0; i < heads.length; i++) {
            right[i] = heads[i].startsWith(">");
            plain[i] = right[i] ? heads[i].substring(1) : heads[i];
        }
        rows.add(plain);
    }

    void row(String... cells) {
        if (cells.length != right.length) {
            throw new IllegalArgumentException(cells.length + " cells for " + right.length + " columns");
        }
        rows.add(cells);
    }

    void print(PrintStream out) {
        int[] widths = new int[right.length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].codePointCount(0, row[i].length()));
            }
        }
        for (String[] row : rows) {
            StringBuilder line = new StringBuilder();
            for (int i = 0; i < row.length; i++) {
                String space = " ".repeat(widths[i] - row[i].codePointCount(0, row[i].length()));
                line.append(i == 0 ? "" : "  ").append(right[i] ? space + row[i] : row[i] + space);
            }
            out.println(line.toString().stripTrailing());
        }
    }
}
