package dev.kq;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.kq.conf.ConfException;
import dev.kq.conf.ConfLoader;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No secret comes out of a configuration, whatever is wrong with it. */
class SecretsTest {
    private static final String SECRET = "hunter2";

    private static KqConf.Builder secretive() {
        return KqConf.builder()
                .brokers("a:1")
                .group("g")
                .topic("t")
                .username("u")
                .password(SECRET)
                .property("sasl.jaas.config", SECRET)
                .property("ssl.key.password", SECRET)
                .property("sasl.oauthbearer.client.secret", SECRET)
                .property("my.token", SECRET);
    }

    @Test
    void toString_masksSecrets() {
        KqConf conf = secretive().build();

        for (Object shown : List.of(
                secretive(),
                conf,
                conf.toBuilder(),
                conf.connection(),
                conf.connection().toBuilder(),
                conf.connection().clientProperties())) {
            assertThat(shown.toString()).doesNotContain(SECRET);
        }
        assertThat(conf.toString())
                .contains("Password=******")
                .contains("sasl.jaas.config=******, ssl.key.password=******, sasl.oauthbearer.client.secret=******,"
                        + " my.token=******");
    }

    @Test
    void errors_showNoSecret() {
        String base = "Brokers: a:1\nGroup: g\nTopic: t\nUsername: u\n";
        List<String> broken = List.of(
                base + "Password: [" + SECRET + "]",
                base + "Password: {" + SECRET + ": " + SECRET + "}",
                base + "Password: *" + SECRET,
                base + "Password: &" + SECRET,
                base + "Password: !" + SECRET,
                base + "Password: !!" + SECRET + " x",
                base + "Password: !" + SECRET + "!x y",
                base + "Password: @" + SECRET,
                base + "Password: `" + SECRET,
                base + "Password: %" + SECRET,
                base + "Password: \"" + SECRET,
                base + "Password: '" + SECRET,
                base + "Password: \"\\q" + SECRET + "\"",
                base + "Password: \"\\u" + SECRET + "\"",
                base + "Password: [" + SECRET,
                base + "Password: " + SECRET + ": " + SECRET,
                base + "Password: |" + SECRET,
                base + "Password:" + SECRET,
                base + "Password=" + SECRET,
                base + "Password:" + SECRET + ": x",
                base + "'Password: " + SECRET + "': x",
                base + "{Password:" + SECRET + "}",
                "{Password:" + SECRET + "}",
                "Password: " + SECRET + "\n" + SECRET,
                base + "Pasword: " + SECRET,
                base + "Password: " + SECRET + "\nPassword: " + SECRET,
                base + "Password: " + SECRET + "\n\u0000",
                base + "Password: " + SECRET + "\n bad: " + SECRET,
                base + "Password: ${NOPE" + "}" + SECRET,
                base.replace("Username: u\n", "") + "Password: " + SECRET,
                "Brokers: SASL://u:" + SECRET + "@a:1\nGroup: g\nTopic: t",
                base + "Profiling: {AuthPassword: [" + SECRET + "]}",
                base + "Properties: {sasl.jaas.config: [" + SECRET + "]}",
                base + "Properties: {ssl.key.password: a, ssl.key.password: " + SECRET + "}");
        for (String yaml : broken) {
            Throwable thrown = catchThrowable(() -> KqConf.parse(yaml));
            assertThat(thrown).as(yaml).isInstanceOf(ConfException.class);
            for (Throwable at = thrown; at != null; at = at.getCause()) {
                assertThat(at.toString()).as(yaml).doesNotContain(SECRET);
            }
        }
    }

    @Test
    void records_treatComponentsThatSoundSecretLikewise() {
        record Redis(String host, String pass, String accessToken) {}
        record App(Redis redis, Map<String, String> headers) {}

        Throwable thrown = catchThrowable(() -> ConfLoader.parse(
                "Redis: {Host: h, Pass: [" + SECRET + "], AccessToken: {a: " + SECRET + "}}\nHeaders: {A: b}\n",
                App.class));

        assertThat(thrown).isInstanceOf(ConfException.class);
        assertThat(thrown.getMessage()).doesNotContain(SECRET);
    }
}
