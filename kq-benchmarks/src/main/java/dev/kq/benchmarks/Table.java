package dev.kq.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rows of text under headings, as Markdown that is also aligned for a terminal. */
final class Table {
    private final List<String[]> rows = new ArrayList<>();

    Table(String... headings) {
        rows.add(headings);
    }

    void row(String... cells) {
        if (cells.length != rows.get(0).length) {
            throw new IllegalArgumentException(cells.length + " cells under " + rows.get(0).length + " headings");
        }
        rows.add(cells);
    }

    /** All lines; with bars and the rule that Markdown wants, or without. */
    String text(boolean markdown) {
        int[] widths = new int[rows.get(0).length];
        for (String[] row : rows) {
            for (int i = 0; i < row.length; i++) {
                widths[i] = Math.max(widths[i], row[i].length());
            }
        }
        StringBuilder text = new StringBuilder();
        for (int r = 0; r < rows.size(); r++) {
            append(text, rows.get(r), widths, markdown);
            if (r == 0 && markdown) {
                for (int width : widths) {
                    text.append('|').append("-".repeat(width + 1)).append(':');
                }
                text.append("|\n");
            }
        }
        return text.toString();
    }

    private static void append(StringBuilder text, String[] row, int[] widths, boolean markdown) {
        for (int i = 0; i < row.length; i++) {
            text.append(markdown ? "| " : "  ")
                    .append(" ".repeat(widths[i] - row[i].length()))
                    .append(row[i])
                    .append(markdown ? " " : "");
        }
        text.append(markdown ? "|\n" : "\n");
    }

    static String whole(double number) {
        return String.format(Locale.ROOT, "%,.0f", number).replace(',', ' ');
    }

    static String decimals(double number) {
        return String.format(Locale.ROOT, "%.2f", number);
    }
}
