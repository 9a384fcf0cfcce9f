package dev.kq.chaos;

/**
 * How the handlers of an instance behave.
 *
 * @param slowestMillis one of eight handlers sleeps from 0 to so long
 * @param failPerMille how many of a thousand attempts fail
 * @param deadPerMille how many of a thousand attempts make a dead letter
 * @param burstEndNanos until when all handlers wait, to go on at once
 */
record Mood(int slowestMillis, int failPerMille, int deadPerMille, long burstEndNanos) {
    Mood {
        if (slowestMillis < 0 || failPerMille + deadPerMille > 1000) {
            throw new IllegalArgumentException("no mood: " + slowestMillis + ", " + failPerMille + ", " + deadPerMille);
        }
    }

    static Mood parse(String line) {
        String[] numbers = line.trim().split(" ", -1);
        return new Mood(
                Integer.parseInt(numbers[0]),
                Integer.parseInt(numbers[1]),
                Integer.parseInt(numbers[2]),
                Long.parseLong(numbers[3]));
    }

    String line() {
        return slowestMillis + " " + failPerMille + " " + deadPerMille + " " + burstEndNanos;
    }
}
