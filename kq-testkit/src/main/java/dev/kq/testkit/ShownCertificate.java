package dev.kq.testkit;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;

/** Looks which certificate a server shows, without trusting it. Stateless; the calling thread does it all. */
final class ShownCertificate {
    private static final long SECONDS = 30;
    private static final int MILLIS = 5_000;

    private ShownCertificate() {}

    /** Returns when the server shows the first of these certificates. */
    static void await(InetSocketAddress server, String pem) {
        try {
            Certificate wanted = CertificateFactory.getInstance("X.509")
                    .generateCertificate(new ByteArrayInputStream(pem.getBytes(StandardCharsets.US_ASCII)));
            long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(SECONDS);
            while (!wanted.equals(of(server))) {
                if (System.nanoTime() > deadline || Thread.currentThread().isInterrupted()) {
                    throw new EmbeddedKafkaException(server + " goes on to show another certificate");
                }
                LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(5));
            }
        } catch (IOException | GeneralSecurityException e) {
            throw EmbeddedKafkaException.of("Cannot see which certificate " + server + " shows", e);
        }
    }

    private static Certificate of(InetSocketAddress server) throws IOException, GeneralSecurityException {
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, new TrustManager[] {new Anything()}, null);
        try (Socket plain = new Socket()) {
            plain.setSoTimeout(MILLIS);
            plain.connect(server, MILLIS);
            try (SSLSocket socket = (SSLSocket)
                    context.getSocketFactory().createSocket(plain, server.getHostString(), server.getPort(), true)) {
                socket.startHandshake();
                return socket.getSession().getPeerCertificates()[0];
            }
        }
    }

    private static final class Anything implements X509TrustManager {
        @Override
        public void checkClientTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public void checkServerTrusted(X509Certificate[] chain, String authType) {}

        @Override
        public X509Certificate[] getAcceptedIssuers() {
            return new X509Certificate[0];
        }
    }
}
