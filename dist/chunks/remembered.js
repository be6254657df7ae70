const isRemembered = (headers) => !/^0*$/.test(headers.get("age") ?? "");
export { isRemembered as t };
