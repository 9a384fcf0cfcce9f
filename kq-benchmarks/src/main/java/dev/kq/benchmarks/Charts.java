package dev.kq.benchmarks;

import java.awt.Color;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.knowm.xchart.BitmapEncoder;
import org.knowm.xchart.CategoryChart;
import org.knowm.xchart.CategoryChartBuilder;
import org.knowm.xchart.CategorySeries.CategorySeriesRenderStyle;
import org.knowm.xchart.style.Styler.LegendPosition;

/** Draws PNG files. */
final class Charts {
    private Charts() {}

    /** A line for each contender over the points of an axis; the vertical axis begins at 0. */
    static void curves(
            Path file, String title, String axis, String unit, List<String> points, Map<String, List<Double>> curves)
            throws IOException {
        CategoryChart chart = new CategoryChartBuilder()
                .width(900)
                .height(420)
                .title(title)
                .xAxisTitle(axis)
                .yAxisTitle(unit)
                .build();
        chart.getStyler().setDefaultSeriesRenderStyle(CategorySeriesRenderStyle.Line);
        chart.getStyler().setLegendPosition(LegendPosition.OutsideE);
        chart.getStyler().setOverlapped(true);
        chart.getStyler().setChartBackgroundColor(Color.WHITE);
        chart.getStyler().setYAxisMin(0.0);
        chart.getStyler().setYAxisDecimalPattern("#,###");
        curves.forEach((name, values) -> chart.addSeries(name, points, values));
        save(file, List.of(chart));
    }

    /** Charts side by side, by their titles, each with a bar for each contender. */
    static void bars(Path file, Map<String, Map<String, Double>> byTitle) throws IOException {
        List<CategoryChart> charts = new ArrayList<>();
        byTitle.forEach((title, bars) -> {
            CategoryChart chart = new CategoryChartBuilder()
                    .width(560)
                    .height(520)
                    .title(title)
                    .build();
            chart.getStyler().setLegendVisible(false);
            chart.getStyler().setLabelsVisible(true);
            chart.getStyler().setOverlapped(true);
            chart.getStyler().setChartBackgroundColor(Color.WHITE);
            chart.getStyler().setXAxisLabelRotation(90);
            chart.getStyler().setYAxisDecimalPattern("#,###.##");
            chart.getStyler().setYAxisMin(0.0);
            List<String> names = List.copyOf(bars.keySet());
            for (boolean ours : new boolean[] {true, false}) {
                List<@Nullable Double> values = new ArrayList<>();
                bars.forEach((name, value) -> values.add(name.startsWith("kq") == ours ? value : null));
                chart.addSeries(ours ? "kq" : "others", names, values);
            }
            charts.add(chart);
        });
        save(file, charts);
    }

    private static void save(Path file, List<CategoryChart> sideBySide) throws IOException {
        Path folder = file.toAbsolutePath().getParent();
        if (folder != null) {
            Files.createDirectories(folder);
        }
        BitmapEncoder.saveBitmap(sideBySide, 1, sideBySide.size(), file.toString(), BitmapEncoder.BitmapFormat.PNG);
    }
}
