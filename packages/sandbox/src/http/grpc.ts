import grpc from "@grpc/grpc-js";

/** Lets a gRPC server listen on this machine alone, and gives the port. */
export function listenLocally(server: grpc.Server): Promise<number> {
  return new Promise((resolve, reject) => {
    server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
      error ? reject(error) : resolve(port),
    );
  });
}
