package dev.kq.benchmarks;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

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

    /** One row of these cells and then those. */
    static String[] join(String[] first, String... then) {
        return Stream.of(first, then).flatMap(Stream::of).toArray(String[]::new);
    }

    /** The rows that have this text under a heading. */
    Table where(String heading, String text) {
        Table some = new Table(rows.get(0));
        int at = column(heading);
        rows.stream().skip(1).filter(row -> row[at].equals(text)).forEach(some::row);
        return some;
    }

    /** Of each row the text under one heading and the number under another. */
    Map<String, Double> numbers(String label, String heading) {
        Map<String, Double> numbers = new LinkedHashMap<>();
        for (String[] row : rows.subList(1, rows.size())) {
            numbers.put(row[column(label)], Double.valueOf(row[column(heading)].replace(" ", "")));
        }
        return numbers;
    }

    private int column(String heading) {
        return List.of(rows.get(0)).indexOf(heading);
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
